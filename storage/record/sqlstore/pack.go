package sqlstore

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// packer compresses the bytes of reports and facts. The same bytes always become
// the same ones.
type packer struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// mostUnpacked bounds what one stored value may become.
const mostUnpacked = 1 << 30

func newPacker() (*packer, error) {
	encoder, err := zstd.NewWriter(nil,
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(zstd.SpeedDefault),
		zstd.WithWindowSize(1<<20),
		zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	decoder, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(mostUnpacked))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &packer{encoder: encoder, decoder: decoder}, nil
}

func (p *packer) pack(body []byte) []byte { return p.encoder.EncodeAll(body, nil) }

func (p *packer) unpack(packed []byte) ([]byte, error) {
	body, err := p.decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("a stored value is damaged: %w", err)
	}
	return body, nil
}
