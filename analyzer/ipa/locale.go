package ipa

import "strings"

// legacyLocale reads a folder name from before language codes: those that are met,
// of the longer table in CoreFoundation's CFLocaleIdentifier.c. "Chinese" stood for
// both scripts.
func legacyLocale(folder string) string {
	switch folder {
	case "English":
		return "en"
	case "Chinese":
		return "zh"
	case "Simplified Chinese", "Chinese, Simplified":
		return "zh-Hans"
	case "Traditional Chinese", "Chinese, Traditional":
		return "zh-Hant"
	case "French":
		return "fr"
	case "German":
		return "de"
	case "Italian":
		return "it"
	case "Japanese":
		return "ja"
	case "Korean":
		return "ko"
	case "Spanish":
		return "es"
	case "Dutch":
		return "nl"
	case "Portuguese":
		return "pt"
	case "Russian":
		return "ru"
	case "Swedish":
		return "sv"
	}
	return ""
}

// locale is the BCP 47 tag of a folder NAME.lproj: zh_CN, zh-hans_CN and Chinese
// become zh-CN, zh-Hans-CN and zh. It is empty for what is no language.
func locale(folder string) string {
	if tag := legacyLocale(folder); tag != "" {
		return tag
	}
	parts := strings.FieldsFunc(folder, func(r rune) bool { return r == '-' || r == '_' })
	if len(parts) == 0 || len(folder) > 35 || !letters(parts[0]) || len(parts[0]) < 2 || len(parts[0]) > 3 {
		return ""
	}
	for n, part := range parts {
		switch {
		case !alphanumeric(part) || len(part) > 8:
			return ""
		case n == 0:
			parts[n] = strings.ToLower(part)
		case len(part) == 4 && letters(part):
			parts[n] = strings.ToUpper(part[:1]) + strings.ToLower(part[1:])
		case len(part) == 2 && letters(part):
			parts[n] = strings.ToUpper(part)
		}
	}
	return strings.Join(parts, "-")
}

func letters(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return (r|0x20) < 'a' || (r|0x20) > 'z' }) < 0
}

func alphanumeric(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return ((r|0x20) < 'a' || (r|0x20) > 'z') && (r < '0' || r > '9') }) < 0
}
