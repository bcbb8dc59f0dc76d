package policy

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// mirror fills views from documents: fields of one JSON name are one field. Texts
// are shared, not copied. A field of the view that the document has not stays
// empty (derived ones are filled in after). The zero mirror is ready.
type mirror struct {
	plans map[[2]reflect.Type][]int
}

// fill fills *to, a view, from a document's struct or slice.
func (m *mirror) fill(to, from any) { m.value(reflect.ValueOf(to).Elem(), reflect.ValueOf(from)) }

func (m *mirror) value(to, from reflect.Value) {
	if from.Kind() == reflect.Pointer {
		if from.IsNil() {
			return
		}
		from = from.Elem()
	}
	switch to.Kind() {
	case reflect.Struct:
		for i, j := range m.plan(to.Type(), from.Type()) {
			if j >= 0 {
				m.value(to.Field(i), from.Field(j))
			}
		}
	case reflect.Slice:
		if from.Kind() == reflect.Map {
			to.Set(reflect.ValueOf(texts(from)))
			return
		}
		list := reflect.MakeSlice(to.Type(), from.Len(), from.Len())
		for i := range from.Len() {
			m.value(list.Index(i), from.Index(i))
		}
		to.Set(list)
	case reflect.String:
		if from.Kind() == reflect.Bool {
			to.SetString(strconv.FormatBool(from.Bool()))
			return
		}
		to.SetString(from.String())
	case reflect.Bool:
		to.SetBool(from.Bool())
	case reflect.Int, reflect.Int64:
		to.SetInt(from.Int())
	default:
		panic(fmt.Sprintf("policy: a view can't hold %s", to.Type()))
	}
}

// plan says for every field of a view which of the document's it is, -1 for none.
func (m *mirror) plan(to, from reflect.Type) []int {
	key := [2]reflect.Type{to, from}
	plan, ok := m.plans[key]
	if !ok {
		plan = make([]int, to.NumField())
		for i := range plan {
			plan[i] = fieldNamed(from, jsonName(to.Field(i)))
		}
		if m.plans == nil {
			m.plans = map[[2]reflect.Type][]int{}
		}
		m.plans[key] = plan
	}
	return plan
}

// texts are the entries of a map by locale, sorted.
func texts(m reflect.Value) []textView {
	byLocale, _ := m.Interface().(map[string]string)
	list := make([]textView, 0, len(byLocale))
	for _, locale := range slices.Sorted(maps.Keys(byLocale)) {
		list = append(list, textView{Locale: locale, Text: byLocale[locale]})
	}
	return list
}

func fieldNamed(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if jsonName(t.Field(i)) == name {
			return i
		}
	}
	return -1
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
