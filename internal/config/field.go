package config

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Field is one value that can be set, or the heading of a section.
type Field struct {
	Key     string // "records.engine"
	Env     string // "HEYAN_RECORDS_ENGINE"
	Unit    string
	Values  []string // the accepted words, nil where anything of the type goes
	ZH, EN  string
	Secret  bool
	Section bool
	Depth   int

	value  reflect.Value
	origin string // where it was set
}

// fileSuffix ends the key of a file that holds a secret.
const fileSuffix = "_file"

// Fields are all fields of c with their present values, in the order of the struct.
func (c *Config) Fields() []*Field { return collect(reflect.ValueOf(c).Elem(), "", 0) }

func collect(v reflect.Value, prefix string, depth int) []*Field {
	var list []*Field
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		f := &Field{
			Key: prefix + tag.Get("yaml"), Unit: tag.Get("unit"), ZH: tag.Get("zh"), EN: tag.Get("en"),
			Depth: depth, value: v.Field(i), Section: v.Field(i).Kind() == reflect.Struct,
		}
		f.Env = "HEYAN_" + strings.ToUpper(strings.ReplaceAll(f.Key, ".", "_"))
		if words := tag.Get("values"); words != "" {
			f.Values = strings.Split(words, ",")
		}
		_, f.Secret = f.value.Interface().(Secret)
		list = append(list, f)
		if f.Section {
			list = append(list, collect(f.value, f.Key+".", depth+1)...)
		}
	}
	return list
}

// Value is the field's value as it is written, a secret hidden.
func (f *Field) Value() string {
	switch v := f.value.Interface().(type) {
	case interface{ String() string }:
		return v.String()
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []string:
		return strings.Join(v, ",")
	}
	return ""
}

// set gives the field the value that text means.
func (f *Field) set(text string) error {
	var v any
	var err error
	switch f.value.Interface().(type) {
	case string:
		v, err = f.word(text)
	case Secret:
		v = Secret(text)
	case bool:
		v, err = strconv.ParseBool(text)
	case int:
		v, err = parseInt(text)
	case Slots:
		v, err = parseSlots(text)
	case float64:
		v, err = parseShare(text)
	case Size:
		v, err = parseSize(text)
	case Duration:
		v, err = parseDuration(text)
	case []string:
		v = split(text)
	}
	if err != nil {
		return err
	}
	f.value.Set(reflect.ValueOf(v))
	return nil
}

func (f *Field) word(text string) (string, error) {
	if f.Values != nil && !slices.Contains(f.Values, text) {
		return "", errors.New("not an accepted word")
	}
	return text, nil
}

func parseInt(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && n < 0 {
		err = errors.New("negative")
	}
	return n, err
}

func parseSlots(text string) (Slots, error) {
	if text == Auto {
		return AutoSlots, nil
	}
	n, err := parseInt(text)
	return Slots(n), err
}

func parseShare(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsNaN(v) || v < 0 || v > 1) {
		err = errors.New("not from 0 to 1")
	}
	return v, err
}

// split reads a list from one line: a,b or [a, b].
func split(text string) []string {
	list := []string{}
	for _, item := range strings.Split(strings.Trim(text, "[] "), ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// want says what the field takes, for an error.
func (f *Field) want() (zh, en string) {
	if f.Values != nil {
		return strings.Join(f.Values, "、"), strings.Join(f.Values, ", ")
	}
	switch f.value.Interface().(type) {
	case bool:
		return "true 或 false", "true or false"
	case int:
		return "不小于 0 的整数", "a whole number from 0"
	case Slots:
		return "auto 或不小于 0 的整数", "auto or a whole number from 0"
	case float64:
		return "0 到 1 的数", "a number from 0 to 1"
	case Size:
		return "字节数，如 4GiB、512MiB", "a size, as 4GiB or 512MiB"
	case Duration:
		return "时长，如 15s、1h30m、30d", "a duration, as 15s, 1h30m or 30d"
	case []string:
		return "列表", "a list"
	}
	return "文字", "text"
}
