package ipa

import "testing"

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
