package arsc

import "strings"

// The device that values are chosen for: an upright phone of medium size, in
// daylight, with the newest Android. aapt asks for the same one.
const (
	phoneSmallestWidth = 320
	phoneHeight        = 480
	layoutDirection    = 0xc0
	layoutSize         = 0x0f
	layoutLong         = 0x30
	sizeNormal         = 2
	longNo             = 0x10
	modeType           = 0x0f
	modeNight          = 0x30
	typeNormal         = 1
	nightNo            = 0x10
	orientationPort    = 1
)

// rank says how well a configuration suits the device, the more significant
// qualifier first (ResTable_config::isBetterThan). ok is false where it does
// not suit at all (ResTable_config::match).
func (c *Config) rank(locale *wanted) (r [12]int, ok bool) {
	localeRank, ok := c.suits(locale)
	size := int(c.layout & layoutSize)
	switch {
	case !ok, c.mcc != 0, c.mnc != 0,
		c.layout&layoutDirection > 0x40, // right to left
		c.smallestWidth > phoneSmallestWidth, c.widthDP > phoneSmallestWidth, c.heightDP > phoneHeight,
		size > sizeNormal,
		c.layout&layoutLong > longNo,
		c.layout2&3 > 1, // round
		c.color != 0 && c.color&3 > 1, c.color>>2&3 > 1,
		c.orientation > orientationPort,
		c.uiMode&modeType > typeNormal, c.uiMode&modeNight > nightNo,
		c.keyboard > 1, c.navigation > 1, c.touchscreen != 0 && c.touchscreen != 3,
		c.width > phoneSmallestWidth, c.height > phoneHeight,
		c.gender != 0:
		return r, false
	}
	return [12]int{
		localeRank,
		int(c.layout & layoutDirection),
		int(c.smallestWidth),
		int(c.widthDP) + int(c.heightDP),
		size,
		int(c.layout&layoutLong) + int(c.layout2),
		int(c.color),
		int(c.orientation),
		int(c.uiMode),
		int(c.touchscreen) + int(c.keyboard) + int(c.navigation) + int(c.inputFlags),
		int(c.width) + int(c.height),
		int(c.SDK)<<16 | int(c.minor),
	}, true
}

// wanted is the locale that is asked for.
type wanted struct {
	tag string
	localeParts
}

func wantLocale(tag string) *wanted { return &wanted{tag: tag, localeParts: splitLocale(tag)} }

// suits compares the configuration's locale with the one that is asked for: a
// configuration suits if its language is the same, its script too, and it has
// no other region.
func (c *Config) suits(want *wanted) (rank int, ok bool) {
	own := c.locale
	switch {
	case own == "":
		return 0, true
	case own == want.tag:
		return 4, true
	case want.tag == "", !strings.HasPrefix(own, want.language):
		return 0, false
	}
	mine := splitLocale(own)
	if mine.language != want.language || mine.script != want.script || mine.rest != "" {
		return 0, false
	}
	switch mine.region {
	case want.region:
		return 3, true
	case "":
		return 2, true
	}
	return 0, false
}

// localeParts is a tag with the script that its language and region imply.
type localeParts struct{ language, script, region, rest string }

func splitLocale(tag string) localeParts {
	parts := strings.Split(tag, "-")
	l := localeParts{language: parts[0]}
	parts = parts[1:]
	if len(parts) > 0 && len(parts[0]) == 4 {
		l.script, parts = parts[0], parts[1:]
	}
	if len(parts) > 0 && (len(parts[0]) == 2 || len(parts[0]) == 3) {
		l.region, parts = parts[0], parts[1:]
	}
	l.rest = strings.Join(parts, "-")
	if l.script == "" && l.language == "zh" {
		switch l.region {
		case "TW", "HK", "MO":
			l.script = "Hant"
		default:
			l.script = "Hans"
		}
	}
	return l
}
