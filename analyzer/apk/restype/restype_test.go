package restype_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	"heyan/analyzer/apk/restype"
)

// TestValue: what android.util.TypedValue.coerceToString prints.
func TestValue(t *testing.T) {
	t.Parallel()
	float := func(f float32) restype.Value {
		return restype.Value{Type: restype.ValueFloat, Data: math.Float32bits(f)}
	}
	for want, v := range map[string]restype.Value{
		"":            {Type: restype.ValueNull},
		"@0x7f010002": {Type: restype.ValueReference, Data: 0x7f010002},
		"@0x00010002": {Type: restype.ValueDynamicReference, Data: 0x10002},
		"?0x01010003": {Type: restype.ValueAttribute, Data: 0x01010003},
		"1.1":         float(1.1),
		"2.0":         float(2),
		"-0.5":        float(-0.5),
		"0.0":         float(0),
		"1.0E7":       float(1e7),
		"1.5E-5":      float(1.5e-5),
		"NaN":         float(float32(math.NaN())),
		"Infinity":    float(float32(math.Inf(1))),
		"16.0dip":     {Type: restype.ValueDimension, Data: 16<<8 | 1},
		"50.0%":       {Type: restype.ValueFraction, Data: 0x40000000 | 3<<4},
		"-5":          {Type: restype.ValueIntDec, Data: 0xfffffffb},
		"0xff":        {Type: restype.ValueIntHex, Data: 255},
		"true":        {Type: restype.ValueIntBoolean, Data: 0xffffffff},
		"false":       {Type: restype.ValueIntBoolean},
		"#ff00ff00":   {Type: 0x1c, Data: 0xff00ff00},
	} {
		if got := v.String(); got != want {
			t.Errorf("%+v prints %q, want %q", v, got, want)
		}
	}
}

func utf16String(length []uint16, s string, end uint16) []byte {
	var b []byte
	for _, u := range append(append(length, utf16.Encode([]rune(s))...), end) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func TestDecode(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 0x8005)
	for name, test := range map[string]struct {
		data []byte
		utf8 bool
		want string
		flaw restype.Flaw
	}{
		"utf-8":                {[]byte("\x02\x06中文\x00"), true, "中文", restype.FlawNone},
		"empty":                {[]byte("\x00\x00\x00"), true, "", restype.FlawNone},
		"two-byte lengths":     {[]byte("\x80\x03\x80\x03abc\x00"), true, "abc", restype.FlawNone},
		"surrogates apart":     {[]byte("\x02\x06\xed\xa0\xbd\xed\xb8\x80\x00"), true, "😀", restype.FlawNone},
		"pair as one":          {[]byte("\x02\x04😀\x00"), true, "😀", restype.FlawNone},
		"not utf-8":            {[]byte("\x02\x02a\xff\x00"), true, "a\ufffd", restype.FlawLength},
		"cut length":           {append([]byte("\x80\x05\x80\x05"), long+"\x00"...), true, long, restype.FlawNone},
		"unterminated":         {[]byte("\x03\x03abcd"), true, "abc", restype.FlawUnterminated},
		"lengths differ":       {[]byte("\x07\x03abc\x00"), true, "abc", restype.FlawLength},
		"past the end":         {[]byte("\x09\x09abc\x00"), true, "abc", restype.FlawPastEnd},
		"nothing":              {nil, true, "", restype.FlawPastEnd},
		"length cut":           {[]byte("\x80"), true, "", restype.FlawPastEnd},
		"utf-16 one too long":  {utf16String([]uint16{3}, "a中", 0), false, "a中", restype.FlawPastEnd},
		"utf-16 good":          {utf16String([]uint16{4}, "a中😀", 0), false, "a中😀", restype.FlawNone},
		"utf-16 long":          {utf16String([]uint16{0x8000, 3}, "abc", 0), false, "abc", restype.FlawNone},
		"utf-16 unterminated":  {utf16String([]uint16{3}, "abc", 'x'), false, "abc", restype.FlawUnterminated},
		"utf-16 half a pair":   {append(utf16String([]uint16{1}, "", 0xd83d), 0, 0), false, "\ufffd", restype.FlawNone},
		"utf-16 past the end":  {utf16String([]uint16{0xffff, 0xffff}, "abc", 0), false, "abc", restype.FlawPastEnd},
		"utf-16 nothing":       {[]byte{1}, false, "", restype.FlawPastEnd},
		"utf-16 second length": {[]byte{0, 0x80}, false, "", restype.FlawPastEnd},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, need, flaw := restype.Decode(test.data, test.utf8)
			if got != test.want || flaw != test.flaw {
				t.Errorf("got %.20q %q, want %.20q %q", got, flaw, test.want, test.flaw)
			}
			if flaw == restype.FlawNone && need > len(test.data) || flaw == restype.FlawPastEnd && need <= len(test.data) {
				t.Errorf("need = %d of %d bytes", need, len(test.data))
			}
			size, ok := restype.Measure(test.data, test.utf8)
			if flaw == restype.FlawPastEnd && ok || size < 0 {
				t.Errorf("measured %d, %v", size, ok)
			}
		})
	}
}

func TestReadPool(t *testing.T) {
	t.Parallel()
	pool := func(count, styles, flags, start, styleStart, size uint32) []byte {
		b := make([]byte, size)
		binary.LittleEndian.PutUint16(b, restype.TypeStringPool)
		binary.LittleEndian.PutUint16(b[2:], restype.PoolSize)
		for i, n := range []uint32{size, count, styles, flags, start, styleStart} {
			binary.LittleEndian.PutUint32(b[4+4*i:], n)
		}
		return b
	}
	for name, test := range map[string]struct {
		data  []byte
		count uint32
		flaw  bool
		err   bool
	}{
		"good":            {pool(2, 0, restype.PoolUTF8, 36, 0, 64), 2, false, false},
		"empty":           {pool(0, 0, 0, 0, 0, 28), 0, false, false},
		"with styles":     {pool(2, 1, 0, 40, 52, 64), 2, false, false},
		"styles before":   {pool(2, 1, 0, 40, 30, 64), 2, true, false},
		"too many":        {pool(0xffffffff, 0, 0, 36, 0, 64), 9, true, false},
		"strings outside": {pool(2, 0, 0, 64, 0, 64), 0, false, true},
		"strings far out": {pool(2, 0, 0, 0xffffffff, 0, 64), 0, false, true},
		"too short":       {pool(2, 0, 0, 36, 0, 64)[:20], 0, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := restype.ReadPool(test.data, int64(len(test.data)))
			if (err != nil) != test.err || p.Count != test.count || (p.Flaw != "") != test.flaw {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}
