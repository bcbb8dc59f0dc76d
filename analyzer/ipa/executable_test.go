package ipa

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestForward: what was reached once is paid for once, whatever the order.
func TestForward(t *testing.T) {
	t.Parallel()
	left := int64(100)
	f := &forward{src: strings.NewReader(strings.Repeat("x", 1000)), left: &left}
	buf := make([]byte, 10)
	for _, step := range []struct{ off, left int64 }{{0, 90}, {0, 90}, {40, 50}, {20, 50}, {90, 0}} {
		if _, err := f.ReadAt(buf, step.off); err != nil || left != step.left {
			t.Errorf("at %d: %d left, want %d, %v", step.off, left, step.left, err)
		}
	}
	if n, err := f.ReadAt(buf, 91); n != 0 || !errors.Is(err, errCodeBudget) {
		t.Errorf("beyond: %d, %v", n, err)
	}
	if _, err := f.ReadAt(buf, 90); err != nil || !bytes.Equal(buf, []byte("xxxxxxxxxx")) {
		t.Errorf("again: %q, %v", buf, err)
	}
}

func TestLocale(t *testing.T) {
	t.Parallel()
	for folder, want := range map[string]string{
		"zh-Hans": "zh-Hans", "zh_CN": "zh-CN", "zh-hans-cn": "zh-Hans-CN", "zh_Hans_CN": "zh-Hans-CN", "Chinese": "zh", "English": "en", "Simplified Chinese": "zh-Hans",
		"EN": "en", "pt-BR": "pt-BR", "es-419": "es-419", "yue": "yue", "sr-Latn": "sr-Latn", "de-1996": "de-1996",
		"": "", "x": "", "main": "", "zh/../..": "", "zh-\u202e": "", "中文": "", "en-toolongpart": "", "-": "", "e1": "",
	} {
		if got := locale(folder); got != want {
			t.Errorf("%q is %q, want %q", folder, got, want)
		}
	}
}

func TestBelow(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"App": true, "a b": true, "a/b": true, "..a": true,
		"": false, "/a": false, "..": false, "../a": false, "a/../b": false, "a//b": false, "a/": false, "./a": false, `a\b`: false, "a\x00": false,
	} {
		if got := below(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

func TestPlainKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"A": "A", "A~ipad": "A", "A-iphoneos": "A", "A-iphoneos~iphone": "A", "A~other": "A~other", "~ipad": "~ipad", "-iphoneos": "-iphoneos", "": "",
	} {
		if got := plainKey(key); got != want {
			t.Errorf("%q is %q, want %q", key, got, want)
		}
	}
}
