package apktest

import (
	"encoding/binary"
	"maps"
	"slices"

	"heyan/analyzer/apk/restype"
)

// Config is for which devices a value is.
type Config struct {
	Language, Region, Script string
	Density, SDK             uint16
	Night                    bool
}

// Table is a resource table in the making. Its zero value is empty.
type Table struct {
	UTF16    bool
	Sparse   bool
	Offset16 bool
	Compact  bool

	values map[uint32]map[Config]tableValue
}

type tableValue struct {
	text  string
	value restype.Value
}

// Set gives a resource a value, of the types that A takes.
func (t *Table) Set(id uint32, c Config, v any) *Table {
	if t.values == nil {
		t.values = map[uint32]map[Config]tableValue{}
	}
	if t.values[id] == nil {
		t.values[id] = map[Config]tableValue{}
	}
	a := value(v)
	t.values[id][c] = tableValue{text: a.Text, value: a.Value}
	return t
}

// Bytes writes the table.
func (t *Table) Bytes() []byte {
	w := &tableWriter{table: t, index: map[string]uint32{}}
	packages := map[uint8]map[uint8]map[Config]map[uint16]tableValue{}
	for id, values := range t.values {
		for c, v := range values {
			types := get(packages, uint8(id>>24))
			configs := get(types, uint8(id>>16))
			get(configs, c)[uint16(id)] = v
		}
	}
	var body []byte
	for _, id := range slices.Sorted(maps.Keys(packages)) {
		body = append(body, w.pkg(id, packages[id])...)
	}
	pool := encodePool(w.strings, !t.UTF16, false)
	return chunk(restype.TypeTable, words(uint32(len(packages))), append(pool, body...))
}

func get[K comparable, L comparable, V any](m map[K]map[L]V, k K) map[L]V {
	if m[k] == nil {
		m[k] = map[L]V{}
	}
	return m[k]
}

type tableWriter struct {
	table   *Table
	strings []string
	index   map[string]uint32
}

func (w *tableWriter) string(s string) uint32 {
	if i, ok := w.index[s]; ok {
		return i
	}
	w.strings = append(w.strings, s)
	w.index[s] = uint32(len(w.strings) - 1)
	return w.index[s]
}

func (w *tableWriter) pkg(id uint8, types map[uint8]map[Config]map[uint16]tableValue) []byte {
	var kinds []string
	for n := range slices.Max(slices.Collect(maps.Keys(types))) {
		kinds = append(kinds, "type"+string('a'+rune(n%26)))
	}
	typePool := encodePool(kinds, true, false)
	keyPool := encodePool([]string{"key"}, true, false)
	const header = 288
	head := make([]byte, header-8)
	binary.LittleEndian.PutUint32(head, uint32(id))
	binary.LittleEndian.PutUint32(head[260:], header)
	binary.LittleEndian.PutUint32(head[268:], uint32(header+len(typePool)))
	body := append(slices.Clone(typePool), keyPool...)
	for _, kind := range slices.Sorted(maps.Keys(types)) {
		configs := types[kind]
		count := uint16(0)
		for _, entries := range configs {
			count = max(count, slices.Max(slices.Collect(maps.Keys(entries)))+1)
		}
		body = append(body, chunk(restype.TypeTypeSpec, words(uint32(kind), uint32(count)), make([]byte, 4*int(count)))...)
		for _, c := range slices.SortedFunc(maps.Keys(configs), compareConfigs) {
			body = append(body, w.typeChunk(kind, count, c, configs[c])...)
		}
	}
	return chunk(restype.TypePackage, head, body)
}

func compareConfigs(a, b Config) int { return slices.Compare(a.bytes(), b.bytes()) }

func (w *tableWriter) typeChunk(kind uint8, count uint16, c Config, entries map[uint16]tableValue) []byte {
	var offsets, data []byte
	flags := uint32(0)
	switch {
	case w.table.Sparse:
		flags = 1
	case w.table.Offset16:
		flags = 2
	}
	listed := uint32(0)
	for n := range count {
		v, ok := entries[n]
		at := uint32(len(data))
		switch {
		case w.table.Sparse && ok:
			offsets = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(offsets, n), uint16(at/4))
		case w.table.Sparse:
			continue
		case w.table.Offset16 && ok:
			offsets = binary.LittleEndian.AppendUint16(offsets, uint16(at/4))
		case w.table.Offset16:
			offsets = binary.LittleEndian.AppendUint16(offsets, 0xffff)
		case ok:
			offsets = binary.LittleEndian.AppendUint32(offsets, at)
		default:
			offsets = binary.LittleEndian.AppendUint32(offsets, none)
		}
		listed++
		if ok {
			data = append(data, w.entry(v)...)
		}
	}
	offsets = append(offsets, make([]byte, -len(offsets)&3)...)
	config := c.bytes()
	head := words(uint32(kind)|flags<<8, listed, uint32(20+len(config)+len(offsets)))
	return chunk(restype.TypeType, append(head, config...), append(offsets, data...))
}

func (w *tableWriter) entry(v tableValue) []byte {
	if v.value.Type == restype.ValueString {
		v.value.Data = w.string(v.text)
	}
	if w.table.Compact {
		return words(uint32(8|uint16(v.value.Type)<<8)<<16, v.value.Data)
	}
	return words(8, 0, 8|uint32(v.value.Type)<<24, v.value.Data)
}

func (c Config) bytes() []byte {
	b := make([]byte, 64)
	b[0] = 64
	packLocale(b[8:], c.Language, 'a')
	packLocale(b[10:], c.Region, '0')
	binary.LittleEndian.PutUint16(b[14:], c.Density)
	binary.LittleEndian.PutUint16(b[24:], c.SDK)
	if c.Night {
		b[29] = 0x20
	}
	copy(b[36:40], c.Script)
	return b
}

func packLocale(b []byte, s string, base byte) {
	if len(s) == 3 {
		first, second, third := s[0]-base, s[1]-base, s[2]-base
		b[0], b[1] = 0x80|third<<2|second>>3, second<<5|first
		return
	}
	copy(b, s)
}
