package ipa

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// info is an Info.plist, or a dictionary in one. Its methods may be called on
// nil, which has nothing.
type info map[string]any

// newInfo joins keys that stand for one device or platform alone with the plain
// ones: "NSCameraUsageDescription~ipad" declares what the plain key does. The
// plain one's value is kept, lists are united.
func newInfo(dict map[string]any) info {
	d := info(dict)
	for _, key := range slices.Sorted(maps.Keys(dict)) {
		base := plainKey(key)
		if base == key {
			continue
		}
		have, ok := d[base]
		if !ok {
			d[base] = dict[key]
			continue
		}
		a, isList := have.([]any)
		b, isListToo := dict[key].([]any)
		if isList && isListToo && len(a)+len(b) <= maxList {
			d[base] = slices.Concat(a, b)
		}
	}
	return d
}

// plainKey takes the platform and the device off a key: key-iphoneos~ipad.
func plainKey(key string) string {
	base := key
	if at := strings.LastIndexByte(base, '~'); at > 0 {
		switch base[at+1:] {
		case "ipad", "iphone", "ipod", "applewatch", "realitydevice":
			base = base[:at]
		}
	}
	for _, platform := range []string{"-iphoneos", "-watchos"} {
		base = strings.TrimSuffix(base, platform)
	}
	if base == "" {
		return key
	}
	return base
}

// text is a text, or a number or boolean as text: people leave quotes out, and
// iOS reads an identifier of another type as none.
func (d info) text(key string) (string, bool) {
	switch v := d[key].(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func (d info) dict(key string) info {
	v, _ := d[key].(map[string]any)
	return v
}

// maxList is how many items of one list are kept.
const maxList = 1000

// texts are the texts of a list, each once; a single text counts as a list of
// one. Their number is bounded.
func (d info) texts(key string) []string {
	if one, ok := d[key].(string); ok {
		return []string{one}
	}
	list, _ := d[key].([]any)
	var out []string
	seen := map[string]bool{}
	for _, v := range list[:min(len(list), maxList)] {
		text, ok := v.(string)
		if n, isNumber := v.(int64); isNumber {
			text, ok = strconv.FormatInt(n, 10), true
		}
		if ok && !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

func (d info) dicts(key string) []info {
	list, _ := d[key].([]any)
	var out []info
	for _, v := range list[:min(len(list), maxList)] {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// set reports whether a key says more than no: true, or something that is not
// empty.
func (d info) set(key string) bool {
	switch v := d[key].(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

func (d info) isTrue(key string) bool {
	v, _ := d[key].(bool)
	return v
}

// keys are all keys in order, plain ones alone.
func (d info) keys() []string {
	var out []string
	for key := range d {
		if plainKey(key) == key {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}
