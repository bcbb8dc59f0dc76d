package sig_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// TestBlocks: every pair is named, and what can be changed without breaking a
// signature is told.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		data []byte
		want []facts.SigningBlockEntry
	}{
		{"rotated", read(t, "v31-rsa-2048_2-tgt-34-1-tgt-28"), []facts.SigningBlockEntry{
			{ID: "0x7109871a", Size: 1423, Name: "v2"},
			{ID: "0x1b93ad61", Size: 3281, Name: "v3.1"},
			{ID: "0xf05368c0", Size: 1435, Name: "v3"},
			{ID: "0x42726577", Size: 1973, Name: "verity-padding", Outside: true},
		}},
		{"stamped", read(t, "stamp-valid-timestamp-value"), []facts.SigningBlockEntry{
			{ID: "0x7109871a", Size: 638, Name: "v2"},
			{ID: "0xf05368c0", Size: 639, Name: "v3"},
			{ID: "0x6dff800d", Size: 1913, Name: "source-stamp"},
			{ID: "0x42726577", Size: 826, Name: "verity-padding", Outside: true},
		}},
		{"unsigned", fixture(t, "unsigned.apk"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, verify(t, test.data, sig.Options{}).Blocks); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestChannels: text in channel blocks is told as far as it is plain, and the
// package is signed as before.
func TestChannels(t *testing.T) {
	t.Parallel()
	base := fixture(t, "v2.apk")
	packer := func(text string) []byte {
		size := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
		return slices.Concat([]byte("Packer Ng Sig V2"), size, []byte(text), size)
	}
	long := strings.Repeat("渠道", 100)
	for name, test := range map[string]struct {
		id    uint32
		value []byte
		want  facts.SigningBlockEntry
	}{
		"walle":         {0x71777777, []byte(`{"channel":"meituan"}`), facts.SigningBlockEntry{Name: "meituan-channel", Text: `{"channel":"meituan"}`}},
		"vasdolly":      {0x881155ff, []byte("应用宝"), facts.SigningBlockEntry{Name: "vasdolly-channel", Text: "应用宝"}},
		"packer-ng":     {0x7a786b21, packer("CHANNEL∘huawei∙"), facts.SigningBlockEntry{Name: "packer-ng-channel", Text: "CHANNEL∘huawei∙"}},
		"packer broken": {0x7a786b21, []byte("Packer Ng Sig V2\xff\xff\xff\xffx"), facts.SigningBlockEntry{Name: "packer-ng-channel"}},
		"empty":         {0x71777777, nil, facts.SigningBlockEntry{Name: "meituan-channel"}},
		"binary":        {0x71777777, []byte("channel\x00\x01"), facts.SigningBlockEntry{Name: "meituan-channel"}},
		"not UTF-8":     {0x881155ff, []byte("\xc7\xfe\xb5\xc0"), facts.SigningBlockEntry{Name: "vasdolly-channel"}},
		"reordering":    {0x881155ff, []byte("a\u202eb"), facts.SigningBlockEntry{Name: "vasdolly-channel"}},
		"long":          {0x881155ff, []byte(long), facts.SigningBlockEntry{Name: "vasdolly-channel", Text: long[:255]}},
		"very long":     {0x881155ff, bytes.Repeat([]byte("x"), 5<<20), facts.SigningBlockEntry{Name: "vasdolly-channel", Text: strings.Repeat("x", 256)}},
		"frosting":      {0x2146444e, []byte("text"), facts.SigningBlockEntry{Name: "play-frosting"}},
		"dependencies":  {0x504b4453, []byte("text"), facts.SigningBlockEntry{Name: "dependency-info"}},
		"nobody knows":  {0x12345678, []byte("text"), facts.SigningBlockEntry{}},
		"second v2":     {0x7109871a, []byte("text"), facts.SigningBlockEntry{Name: "v2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			more := signingBlock(pair{test.id, test.value})
			got := verify(t, withPair(t, base, more[8:len(more)-24]), sig.Options{})
			if got.Status != facts.SignatureValid {
				t.Errorf("status %s: %+v", got.Status, got.Problems)
			}
			last := got.Blocks[len(got.Blocks)-1]
			if last.Size != int64(len(test.value)) || !last.Outside {
				t.Errorf("entry %+v, want a size of %d outside the signature", last, len(test.value))
			}
			last.ID, last.Size, last.Outside = "", 0, false
			if diff := cmp.Diff(test.want, last); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPadding: what pads the block is zeros, and fills whole pages.
func TestPadding(t *testing.T) {
	t.Parallel()
	base := fixture(t, "school.apk")
	if got := codes(verify(t, base, sig.Options{}).Warnings); len(got) > 0 {
		t.Fatalf("warnings %v of an honest package", got)
	}
	padding := pairOf(t, base, 0x42726577) // a part of base
	hidden := bytes.Clone(base)
	hidden[bytes.Index(base, padding)+len(padding)-1] = 'x'
	channel := signingBlock(pair{0x71777777, []byte(`{"channel":"a"}`)})
	for name, test := range map[string]struct {
		data []byte
		want []string
	}{
		"not zeros":   {hidden, []string{"verity-padding-content"}},
		"not a page":  {withPair(t, base, channel[8:len(channel)-24]), []string{"verity-padding-misaligned"}},
		"broken pair": {withPair(t, base, []byte{9, 0, 0}), []string{"verity-padding-misaligned", "signing-block-malformed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := verify(t, test.data, sig.Options{})
			if diff := cmp.Diff(test.want, codes(got.Warnings)); diff != "" || got.Status != facts.SignatureValid {
				t.Errorf("status %s, warnings (-want +got):\n%s", got.Status, diff)
			}
		})
	}
}

// TestComment: an archive comment is outside of v1 and inside of v2.
func TestComment(t *testing.T) {
	t.Parallel()
	commented := func(name string) []byte {
		data := fixture(t, name)
		data[len(data)-2] = 3
		return append(data, "abc"...)
	}
	got := verify(t, commented("v1.apk"), sig.Options{})
	if diff := cmp.Diff([]string{"comment-outside-signature"}, codes(got.Warnings)); diff != "" || got.Status != facts.SignatureValid {
		t.Errorf("v1: status %s, warnings (-want +got):\n%s", got.Status, diff)
	}
	if got := verify(t, commented("v2.apk"), sig.Options{}); got.Status != facts.SignatureInvalid {
		t.Errorf("v2: status %s", got.Status)
	}
}
