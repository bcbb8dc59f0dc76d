package entitlement_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/machotest"
)

func sample() map[string]any {
	return map[string]any{
		"application-identifier":                "TEAM.cn.example",
		"get-task-allow":                        false,
		"com.apple.developer.siri":              true,
		"com.apple.security.application-groups": []string{"group.a", "group.<b>"},
		"dictionary":                            map[string]any{"deep": map[string]any{"n": -129}, "empty": map[string]any{}},
		"none":                                  []any{},
		"number":                                1 << 40,
		"data":                                  []byte{0, 1, 0xff},
		"中文":                                    "值",
	}
}

func sampleValues() []entitlement.Value {
	return []entitlement.Value{
		{Key: "application-identifier", Value: `"TEAM.cn.example"`},
		{Key: "com.apple.developer.siri", Value: "true"},
		{Key: "com.apple.security.application-groups", Value: `["group.a","group.<b>"]`},
		{Key: "data", Value: `"AAH/"`},
		{Key: "dictionary", Value: `{"deep":{"n":-129},"empty":{}}`},
		{Key: "get-task-allow", Value: "false"},
		{Key: "none", Value: "[]"},
		{Key: "number", Value: "1099511627776"},
		{Key: "中文", Value: `"值"`},
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	xml := machotest.Plist(sample())
	tests := []struct {
		name     string
		xml, der []byte
		want     []entitlement.Value
	}{
		{"nothing", nil, nil, nil},
		{"xml alone", xml, nil, sampleValues()},
		{"xml and der", xml, machotest.DER(sample()), sampleValues()},
		{"xml and old der", xml, machotest.OldDER(sample()), sampleValues()},
		{"empty dictionaries", machotest.Plist(map[string]any{}), machotest.DER(nil), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, anomalies, err := entitlement.Parse(tt.xml, tt.der)
			if err != nil || anomalies != nil {
				t.Fatalf("%v, %v", anomalies, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDiffer: what one form hides, the other shows.
func TestDiffer(t *testing.T) {
	t.Parallel()
	xml := machotest.Plist(map[string]any{"a": true, "b": "x", "c": 1})
	der := machotest.DER(map[string]any{"a": true, "b": "y", "d": []string{"z"}})
	got, anomalies, err := entitlement.Parse(xml, der)
	if err != nil {
		t.Fatal(err)
	}
	want := []entitlement.Value{{Key: "a", Value: "true"}, {Key: "b", Value: `"x"`}, {Key: "b", Value: `"y"`}, {Key: "c", Value: "1"}, {Key: "d", Value: `["z"]`}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	wantAnomalies := []facts.Anomaly{
		{Code: entitlement.CodeDiffer, Detail: `"b": "x" in the XML, "y" in the DER`},
		{Code: entitlement.CodeDiffer, Detail: `"c": in the XML alone`},
		{Code: entitlement.CodeDiffer, Detail: `"d": in the DER alone`},
	}
	if diff := cmp.Diff(wantAnomalies, anomalies); diff != "" {
		t.Errorf("anomalies (-want +got):\n%s", diff)
	}
	if _, anomalies, _ := entitlement.Parse(nil, der); len(anomalies) != 3 {
		t.Errorf("DER without XML: %v", anomalies)
	}
}

// TestDuplicateKey: readers differ on which value counts.
func TestDuplicateKey(t *testing.T) {
	t.Parallel()
	_, anomalies, err := entitlement.Parse([]byte(`<plist><dict><key>a</key><true/><key>a</key><false/></dict></plist>`), nil)
	if err != nil || len(anomalies) != 1 || anomalies[0].Code != "plist-duplicate-key" {
		t.Errorf("%v, %v", anomalies, err)
	}
}

// TestRefused: an error, and what the other form says.
func TestRefused(t *testing.T) {
	t.Parallel()
	xml := machotest.Plist(map[string]any{"a": true})
	wide := map[string]any{}
	for i := range 20_000 {
		wide[fmt.Sprint(i)] = true
	}
	tests := []struct {
		name     string
		xml, der []byte
		text     string
		values   int
	}{
		{"xml is an array", machotest.Plist([]any{}), nil, "not a dictionary", 0},
		{"xml is text", []byte("a = b;"), nil, "not a dictionary", 0},
		{"xml is binary", []byte("bplist00\xd0\x08" + strings.Repeat("\x00", 6) + "\x01\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09"), nil, "", 0},
		{"xml is broken", []byte("<plist><dict>"), machotest.DER(map[string]any{"b": true}), "malformed", 1},
		{"xml is too long", bytes.Repeat([]byte(" "), 257<<10), nil, "bytes", 0},
		{"der is cut", xml, machotest.DER(sample())[:50], "", 1},
		{"der with a tail", xml, append(machotest.DER(sample()), 0), "behind the DER", 1},
		{"der of version 2", xml, []byte{0x70, 5, 2, 1, 2, 0xb0, 0}, "version", 1},
		{"der is an array", xml, []byte{0x30, 0}, "not a dictionary", 1},
		{"der with a tail inside", xml, []byte{0x70, 6, 2, 1, 1, 0xb0, 0, 5}, "", 1},
		{"der of indefinite length", xml, []byte{0x31, 0x80, 0, 0}, "", 1},
		{"der key twice", xml, []byte{0x31, 16, 0x30, 6, 0x0c, 1, 'a', 1, 1, 0, 0x30, 6, 0x0c, 1, 'a', 1, 1, 0xff}, "twice", 1},
		{"der key a number", xml, []byte{0x31, 8, 0x30, 6, 2, 1, 'a', 1, 1, 0}, "not a UTF-8 string", 1},
		{"der entry of three", xml, []byte{0x31, 10, 0x30, 8, 0x0c, 1, 'a', 1, 1, 0, 5, 0}, "more than two", 1},
		{"der entry no pair", xml, []byte{0x31, 2, 5, 0}, "no pair", 1},
		{"der null", xml, []byte{0x31, 7, 0x30, 5, 0x0c, 1, 'a', 5, 0}, "unknown kind", 1},
		{"der number of nine bytes", xml, []byte{0x31, 16, 0x30, 14, 0x0c, 1, 'a', 2, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1}, "", 1},
		{"der with too many values", xml, machotest.DER(wide), "values", 1},
		{"der nested too deep", xml, machotest.DER(nested(40)), "deeper", 1},
		{"xml nested too deep", machotest.Plist(nested(40)), nil, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			values, anomalies, err := entitlement.Parse(tt.xml, tt.der)
			if !errors.Is(err, entitlement.ErrMalformed) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v", err)
			}
			if len(values) != tt.values || anomalies != nil {
				t.Errorf("%d values, %v", len(values), anomalies)
			}
		})
	}
}

func nested(depth int) map[string]any {
	var v any = true
	for range depth {
		v = []any{v}
	}
	return map[string]any{"a": v}
}

// TestFromPlist: what a binary property list may hold beside, and its unfolding.
func TestFromPlist(t *testing.T) {
	t.Parallel()
	got, err := entitlement.FromPlist(map[string]any{
		"date": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "real": 0.5, "huge": uint64(1 << 63), "null": nil,
	})
	want := []entitlement.Value{{Key: "date", Value: `"2026-01-02T03:04:05Z"`}, {Key: "huge", Value: "9223372036854775808"}, {Key: "null", Value: "null"}, {Key: "real", Value: "0.5"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("values %v (-want +got):\n%s", err, diff)
	}
	shared := make([]any, 1000)
	for i := range shared {
		shared[i] = strings.Repeat("x", 10_000)
	}
	if _, err := entitlement.FromPlist(map[string]any{"a": shared}); !errors.Is(err, entitlement.ErrMalformed) {
		t.Errorf("10 MB of values: %v", err)
	}
}
