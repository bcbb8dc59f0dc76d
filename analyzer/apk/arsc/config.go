package arsc

import (
	"strings"

	"heyan/analyzer/apk/restype"
)

// configSize is the length of a whole ResTable_config; older ones are shorter.
const configSize = 64

// Config says for which devices a value is meant (ResTable_config). Zero fields
// are not set.
type Config struct {
	locale           string
	mcc, mnc         uint16
	language, region [3]byte
	script           [4]byte
	variant          [8]byte
	numbering        [8]byte
	orientation      uint8
	touchscreen      uint8
	// Density is in dots per inch: DensityAny and DensityNone are special.
	Density        uint16
	keyboard       uint8
	navigation     uint8
	inputFlags     uint8
	gender         uint8
	width, height  uint16
	SDK            uint16
	minor          uint16
	layout         uint8
	uiMode         uint8
	smallestWidth  uint16
	widthDP        uint16
	heightDP       uint16
	layout2, color uint8
}

// Special densities.
const (
	DensityDefault uint16 = 0
	DensityAny     uint16 = 0xfffe
	DensityNone    uint16 = 0xffff
)

// readConfig reads what there is of a configuration; the rest is not set.
func readConfig(b []byte) Config {
	var full [configSize]byte
	copy(full[:], b[:min(len(b), configSize, int(min(restype.U32(b, 0), configSize)))])
	b = full[:]
	c := Config{
		mcc: restype.U16(b, 4), mnc: restype.U16(b, 6),
		language:    unpack(b[8], b[9], 'a'),
		region:      unpack(b[10], b[11], '0'),
		orientation: b[12], touchscreen: b[13],
		Density:  restype.U16(b, 14),
		keyboard: b[16], navigation: b[17], inputFlags: b[18], gender: b[19] & 3,
		width: restype.U16(b, 20), height: restype.U16(b, 22),
		SDK: restype.U16(b, 24), minor: restype.U16(b, 26),
		layout: b[28], uiMode: b[29],
		smallestWidth: restype.U16(b, 30),
		widthDP:       restype.U16(b, 32),
		heightDP:      restype.U16(b, 34),
		layout2:       b[48], color: b[49],
		variant:   [8]byte(b[40:48]),
		numbering: [8]byte(b[53:61]),
	}
	if computed := b[52] != 0; !computed {
		c.script = [4]byte(b[36:40])
	}
	return c
}

// unpack reads a language or region: two letters, or three packed into 15 bits
// that count from base.
func unpack(b0, b1, base byte) [3]byte {
	if b0&0x80 == 0 {
		return [3]byte{b0, b1}
	}
	return [3]byte{base + b1&0x1f, base + (b1&0xe0)>>5 + (b0&3)<<3, base + (b0&0x7c)>>2}
}

// Locale is the configuration's language as a BCP 47 tag, "" for any.
func (c Config) Locale() string { return c.locale }

// tag makes the BCP 47 tag.
func (c Config) tag() string {
	if c.language[0] == 0 && c.region[0] == 0 {
		return ""
	}
	parts := make([]string, 0, 4)
	if lang := letters(c.language[:]); lang != "" {
		parts = append(parts, strings.ToLower(lang))
	} else {
		parts = append(parts, "und")
	}
	if s := letters(c.script[:]); s != "" {
		parts = append(parts, strings.ToUpper(s[:1])+strings.ToLower(s[1:]))
	}
	if s := letters(c.region[:]); s != "" {
		parts = append(parts, strings.ToUpper(s))
	}
	if s := letters(c.variant[:]); s != "" {
		parts = append(parts, strings.ToLower(s))
	}
	if s := letters(c.numbering[:]); s != "" {
		parts = append(parts, "u-nu-"+strings.ToLower(s))
	}
	return strings.Join(parts, "-")
}

// letters is b up to its first NUL, if it is letters and digits.
func letters(b []byte) string {
	for i, c := range b {
		switch {
		case c == 0:
			return string(b[:i])
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		default:
			return ""
		}
	}
	return string(b)
}
