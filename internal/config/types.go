package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// hidden is what is shown of a secret.
const hidden = "***"

// Secret is a value that no way of printing shows. Reveal gives it.
type Secret string

// Reveal is the value itself, for the one that needs it.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides it from %#v.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// MarshalText hides it from JSON and from everything else that asks for text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML hides it from YAML.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue hides it from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Format hides it from every verb, the integer ones of a careless %x included.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		fmt.Fprint(f, s.GoString())
		return
	}
	fmt.Fprint(f, s.String())
}

// Size is a number of bytes, written as 4GiB, 512MiB, 100MB or 1048576.
type Size int64

// Units of a Size.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
	TiB Size = 1 << 40
)

type sizeUnit struct {
	name  string
	bytes Size
}

// sizeUnits has the longest names first, so that GiB is not read as B.
func sizeUnits() []sizeUnit {
	return []sizeUnit{{"TiB", TiB}, {"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB},
		{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}}
}

func (s Size) String() string {
	for _, u := range sizeUnits()[:4] {
		if s != 0 && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

func parseSize(text string) (Size, error) {
	number, unit := strings.TrimSpace(text), Size(1)
	for _, u := range sizeUnits() {
		if n := len(number) - len(u.name); n > 0 && strings.EqualFold(number[n:], u.name) {
			number, unit = strings.TrimSpace(number[:n]), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/int64(unit) {
		return 0, errors.New("not a size")
	}
	return Size(n) * unit, nil
}

// Duration is a time.Duration, written as 15s, 1h30m or 30d.
type Duration time.Duration

const day = 24 * time.Hour

func (d Duration) String() string {
	v := time.Duration(d)
	if v != 0 && v%day == 0 {
		return strconv.FormatInt(int64(v/day), 10) + "d"
	}
	text := v.String()
	if cut, ok := strings.CutSuffix(text, "m0s"); ok {
		text = cut + "m"
	}
	if cut, ok := strings.CutSuffix(text, "h0m"); ok {
		text = cut + "h"
	}
	return text
}

func parseDuration(text string) (Duration, error) {
	text = strings.TrimSpace(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 32)
		if err != nil || n < 0 {
			return 0, errors.New("not a duration")
		}
		return Duration(time.Duration(n) * day), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, errors.New("not a duration")
	}
	return Duration(d), nil
}

// Slots is a number of jobs at once, or AutoSlots.
type Slots int

// AutoSlots is as many as there are processors; it is written auto.
const AutoSlots Slots = -1

func (s Slots) String() string {
	if s == AutoSlots {
		return Auto
	}
	return strconv.Itoa(int(s))
}

// Count is the number that is meant on this machine.
func (s Slots) Count() int {
	if s == AutoSlots {
		return runtime.GOMAXPROCS(0)
	}
	return int(s)
}
