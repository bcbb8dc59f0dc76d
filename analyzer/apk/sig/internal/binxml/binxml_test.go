package binxml

import (
	"encoding/binary"
	"errors"
	"testing"
	"unicode/utf16"
)

// document makes a manifest: a pool of strings, the map of attributes' resource
// ids, and elements.
func document(utf8 bool, strings []string, resources []uint32, elements ...[]byte) []byte {
	le := binary.LittleEndian
	var offsets, texts []byte
	for _, s := range strings {
		offsets = le.AppendUint32(offsets, uint32(len(texts)))
		if utf8 {
			texts = append(append(append(texts, byte(len(s)), byte(len(s))), s...), 0)
			continue
		}
		units := utf16.Encode([]rune(s))
		texts = le.AppendUint16(texts, uint16(len(units)))
		for _, u := range append(units, 0) {
			texts = le.AppendUint16(texts, u)
		}
	}
	var flags uint32
	if utf8 {
		flags = 1 << 8
	}
	var header []byte
	for _, v := range []uint32{uint32(len(strings)), 0, flags, uint32(28 + len(offsets)), 0} {
		header = le.AppendUint32(header, v)
	}
	body := chunkOf(chunkStringPool, header, append(offsets, texts...))
	var ids []byte
	for _, id := range resources {
		ids = le.AppendUint32(ids, id)
	}
	body = append(body, chunkOf(chunkResourceMap, nil, ids)...)
	for _, e := range elements {
		body = append(body, e...)
	}
	return chunkOf(chunkXML, nil, body)
}

func chunkOf(kind uint16, header, body []byte) []byte {
	le := binary.LittleEndian
	out := le.AppendUint16(nil, kind)
	out = le.AppendUint16(out, uint16(8+len(header)))
	out = le.AppendUint32(out, uint32(8+len(header)+len(body)))
	return append(append(out, header...), body...)
}

type value struct {
	name uint32
	kind byte
	data uint32
}

// open starts the element whose name is string number n.
func open(n uint32, values ...value) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, noNamespace)
	b = le.AppendUint32(b, n)
	b = le.AppendUint16(b, 20)
	b = le.AppendUint16(b, 20)
	b = le.AppendUint16(b, uint16(len(values)))
	b = append(b, 0, 0, 0, 0, 0, 0)
	for _, v := range values {
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, v.name)
		b = append(b, 0, 0, 0, 0, 8, 0, 0, v.kind)
		b = le.AppendUint32(b, v.data)
	}
	return chunkOf(chunkStartElement, make([]byte, 8), b)
}

func closed(n uint32) []byte {
	le := binary.LittleEndian
	return chunkOf(chunkEndElement, make([]byte, 8), le.AppendUint32(le.AppendUint32(nil, noNamespace), n))
}

// Strings of the documents, the first three named by resource ids.
const (
	sMin = iota
	sTarget
	sSandbox
	sManifest
	sUsesSDK
	sCodename
)

func manifest(utf8 bool, elements ...[]byte) []byte {
	return document(utf8, []string{"minSdkVersion", "targetSdkVersion", "targetSandboxVersion", "manifest", "uses-sdk", "VanillaIceCream"},
		[]uint32{attrMinSDK, attrTargetSDK, attrTargetSandbox}, elements...)
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, utf8 := range []bool{false, true} {
		for name, test := range map[string]struct {
			xml                  []byte
			min, target, sandbox int
		}{
			"nothing": {manifest(utf8, open(sManifest), closed(sManifest)), 1, 1, 1},
			"all": {manifest(utf8, open(sManifest, value{sSandbox, typeIntDec, 2}), open(sUsesSDK, value{sMin, typeIntDec, 21}, value{sTarget, typeIntHex, 34}), closed(sUsesSDK)),
				21, 34, 2},
			"target from min": {manifest(utf8, open(sManifest), open(sUsesSDK, value{sMin, typeIntDec, 19})), 19, 19, 1},
			"greatest min": {manifest(utf8, open(sManifest), open(sUsesSDK, value{sMin, typeIntDec, 19}), closed(sUsesSDK), open(sUsesSDK, value{sMin, typeIntDec, 23}), closed(sUsesSDK), open(sUsesSDK)),
				23, 23, 1},
			"code name":   {manifest(utf8, open(sManifest), open(sUsesSDK, value{sMin, typeString, sCodename}, value{sTarget, typeString, sCodename})), 32, 32, 1},
			"too deep":    {manifest(utf8, open(sManifest), open(sManifest), open(sUsesSDK, value{sMin, typeIntDec, 19})), 1, 1, 1},
			"minus":       {manifest(utf8, open(sManifest), open(sUsesSDK, value{sMin, typeIntDec, 1<<32 - 5})), 1, 1, 1},
			"huge target": {manifest(utf8, open(sUsesSDK, value{sTarget, typeIntDec, 1<<31 - 1})), 1, 1<<31 - 1, 1},
		} {
			low, err1 := MinSDK(test.xml)
			target, err2 := TargetSDK(test.xml)
			sandbox, err3 := TargetSandboxVersion(test.xml)
			if err := errors.Join(err1, err2, err3); err != nil || low != test.min || target != test.target || sandbox != test.sandbox {
				t.Errorf("%s: %d %d %d, %v; want %+v", name, low, target, sandbox, err, test)
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for name, xml := range map[string][]byte{
		"nothing":        nil,
		"no XML":         chunkOf(1, make([]byte, 20), nil),
		"two pools":      chunkOf(chunkXML, nil, append(chunkOf(chunkStringPool, make([]byte, 20), nil), chunkOf(chunkStringPool, make([]byte, 20), nil)...)),
		"no pool":        chunkOf(chunkXML, nil, open(0)),
		"string number":  manifest(true, open(99)),
		"reference":      manifest(true, open(sManifest), open(sUsesSDK, value{sMin, 1, 5})),
		"short header":   {3, 0, 7, 0, 8, 0, 0, 0},
		"code name bad":  manifest(true, open(sManifest), open(sUsesSDK, value{sMin, typeString, sMin})),
		"string past it": manifest(true, open(sManifest), open(sUsesSDK, value{sMin, typeString, 1 << 31})),
	} {
		if got, err := MinSDK(xml); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}

func TestLevelOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"A": 1, "Cupcake": 2, "F": 7, "I": 13, "N": 23, "O": 25, "P": 26, "Z": 36} {
		if got, err := levelOf(name); got != want || err != nil {
			t.Errorf("%s: %d %v, want %d", name, got, err, want)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	f.Add(manifest(false, open(sManifest, value{sSandbox, typeIntDec, 2}), open(sUsesSDK, value{sMin, typeIntDec, 21}), closed(sUsesSDK)))
	f.Add(manifest(true, open(sManifest), open(sUsesSDK, value{sMin, typeString, sCodename})))
	f.Fuzz(func(t *testing.T, xml []byte) {
		for _, read := range []func([]byte) (int, error){MinSDK, TargetSDK, TargetSandboxVersion} {
			got, err := read(xml)
			again, err2 := read(xml)
			if got != again || (err == nil) != (err2 == nil) {
				t.Fatal("another result")
			}
			if err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrException) {
				t.Fatal(err)
			}
		}
	})
}
