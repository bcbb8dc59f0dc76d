package sig

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/facts"
)

// Bounds of what is told of a pair.
const (
	maxBlocks      = 256
	maxChannelText = 256
)

// blockEntries lists the pairs of the signing block and what is odd about them.
// The content digests of v2 and later leave the block out: whatever in it is no
// signature by itself can be changed by anybody, and the package stays valid.
func (v *verifier) blockEntries() (list []facts.SigningBlockEntry, odd []facts.SignatureProblem, err error) {
	if v.block == nil {
		return nil, nil, nil
	}
	seen := make(map[uint32]bool)
	for i := range v.block.Pairs {
		p := &v.block.Pairs[i]
		if i == maxBlocks {
			break
		}
		name, channel := block.Name(p.ID)
		e := facts.SigningBlockEntry{
			ID:   fmt.Sprintf("0x%08x", p.ID),
			Size: p.Size(),
			Name: name,
			// Of several with one id only the first is read, so the others hold anything.
			Outside: !block.Signs(p.ID) || seen[p.ID],
		}
		seen[p.ID] = true
		if channel {
			if e.Text, err = v.channelText(p); err != nil {
				return nil, nil, err
			}
		}
		if p.ID == block.VerityPadding {
			more, err := v.checkPadding(p)
			if err != nil {
				return nil, nil, err
			}
			odd = append(odd, more...)
		}
		list = append(list, e)
	}
	if v.block.Malformed != "" {
		odd = append(odd, facts.SignatureProblem{Code: "signing-block-malformed", Detail: cut(v.block.Malformed)})
	}
	return list, odd, nil
}

// channelText is the text of a channel block as far as all of it is plain text;
// anything else is not repeated.
func (v *verifier) channelText(p *block.Pair) (string, error) {
	const enough = maxChannelText + 64 // for a frame around it
	head := make([]byte, min(p.Size(), enough))
	if err := v.block.ReadAt(p, head, 0); err != nil {
		return "", err
	}
	if p.ID == block.PackerNG {
		head = unframe(head)
	}
	return plain(head, p.Size() > enough), nil
}

// unframe takes packer-ng's frame off: magic, length, text, the same length
// (PackerCommon.wrapPayload).
func unframe(value []byte) []byte {
	rest, ok := bytes.CutPrefix(value, []byte("Packer Ng Sig V2"))
	if !ok || len(rest) < 8 {
		return value
	}
	size := binary.LittleEndian.Uint32(rest)
	if rest = rest[4:]; uint64(size) < uint64(len(rest)) {
		return rest[:size]
	}
	return rest
}

// plain returns value cut to what a report holds, and nothing if any of it is no
// printable text. more says that value is only the start.
func plain(value []byte, more bool) string {
	if len(value) > maxChannelText {
		value, more = value[:maxChannelText], true
	}
	for more && len(value) > 0 && !utf8.Valid(value) && len(value) > maxChannelText-utf8.UTFMax {
		value = value[:len(value)-1] // the cut went through a letter
	}
	text := string(value)
	odd := func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsPrint(r) && r != '\n' && r != '\t' && r != '\r'
	}
	if !utf8.Valid(value) || strings.ContainsFunc(text, odd) {
		return ""
	}
	return text
}

// pageSize is what verity wants the block to start on and to fill.
const pageSize = 4096

// checkPadding looks at the pair that makes the block fill whole pages: zeros,
// and as many as it takes (ApkSigningBlockUtils.generateApkSigningBlock).
func (v *verifier) checkPadding(p *block.Pair) (odd []facts.SignatureProblem, err error) {
	if v.block.Size%pageSize != 0 {
		odd = append(odd, facts.SignatureProblem{Code: "verity-padding-misaligned",
			Detail: fmt.Sprintf("signing block is padded, but its %d bytes are no whole pages of %d", v.block.Size, pageSize)})
	}
	buf := make([]byte, min(p.Size(), 32<<10))
	for at := int64(0); at < p.Size(); at += int64(len(buf)) {
		if err := v.ctx.Err(); err != nil {
			return nil, err
		}
		buf = buf[:min(int64(len(buf)), p.Size()-at)]
		if err := v.block.ReadAt(p, buf, at); err != nil {
			return nil, err
		}
		if rest := bytes.TrimLeft(buf, "\x00"); len(rest) > 0 {
			return append(odd, facts.SignatureProblem{Code: "verity-padding-content",
				Detail: fmt.Sprintf("padding of the signing block holds something other than zeros from byte %d of its %d on", at+int64(len(buf)-len(rest)), p.Size())}), nil
		}
	}
	return odd, nil
}
