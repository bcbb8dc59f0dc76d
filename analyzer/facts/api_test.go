package facts_test

import (
	"testing"

	"heyan/analyzer/facts"
)

func TestAPILevel(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in    string
		level int
		ok    bool
	}{
		{"23", 23, true}, {"0x17", 23, true}, {"10000", 10000, true}, {"-1", -1, true},
		{"B", 1, true}, {"C", 2, true}, {"Lollipop", 20, true}, {"N", 23, true}, {"O", 25, true},
		{"Q", 27, true}, {"Tiramisu", 30, true}, {"Z", 36, true},
		{"", 0, false}, {"tiramisu", 0, false}, {"?", 0, false}, {"99999999999", 0, false},
	} {
		level, ok := facts.APILevel(test.in)
		if level != test.level || ok != test.ok {
			t.Errorf("APILevel(%q) = %d, %t, want %d, %t", test.in, level, ok, test.level, test.ok)
		}
	}
}
