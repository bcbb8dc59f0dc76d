package ipa

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"heyan/analyzer/facts"
)

// Codes of anomalies on purpose strings.
const (
	codePurposeEmpty       = "purpose-empty"
	codePurposePlaceholder = "purpose-placeholder"
	codePurposeType        = "purpose-type"
	codePurposeUndeclared  = "purpose-undeclared"
)

// purposes enters the purpose strings of a bundle with their texts in every
// language.
func (i *inspection) purposes(p *part, b *bundle) {
	declared := 0
	for _, key := range b.plist.keys() {
		if !purposeKey(key) {
			continue
		}
		if _, no := b.plist[key].(bool); no && !b.plist.isTrue(key) {
			continue
		}
		if declared++; declared > maxList {
			p.partial("%s: more than %d purpose strings", b.info.Name, maxList)
			return
		}
		i.f.Permissions = append(i.f.Permissions, facts.Permission{
			Name: key, Source: facts.SourcePurposeString, Where: b.info.Name, Purpose: b.purpose(p, key),
		})
	}
	b.undeclared(p)
}

// purpose is a key's text by language.
func (b *bundle) purpose(p *part, key string) map[string]string {
	texts := map[string]string{}
	switch v := b.plist[key].(type) {
	case string:
		texts[defaultLocale] = v
		checkPurpose(p, key, v, b.info.Name)
	case map[string]any:
		var all []string
		for _, name := range info(v).keys() {
			text, _ := info(v).text(name)
			all = append(all, text)
			checkPurpose(p, key+"/"+name, text, b.info.Name)
		}
		texts[defaultLocale] = strings.Join(all, "\n")
	default:
		if strings.HasSuffix(key, "UsageDescription") {
			p.add(codePurposeType, b.info.Name, "%s is no text", shorten(key))
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(b.texts)) {
		if text, ok := b.texts[tag][key]; ok {
			texts[tag] = text
			checkPurpose(p, key, text, b.stringsPath(tag))
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

// undeclared notes purpose strings that only a strings file has: iOS asks the
// Info.plist alone, so they mean nothing.
func (b *bundle) undeclared(p *part) {
	for _, tag := range slices.Sorted(maps.Keys(b.texts)) {
		for _, key := range b.texts[tag].Keys() {
			if _, ok := b.plist[key]; !ok && purposeKey(key) {
				p.add(codePurposeUndeclared, b.stringsPath(tag), "%s has a text here but does not stand in %s", shorten(key), b.info.Name)
			}
		}
	}
}

// stringsPath is the strings file of a language.
func (b *bundle) stringsPath(tag string) string {
	for _, s := range b.strings {
		if b.localeOf(s.folder) == tag {
			return s.entry.Name
		}
	}
	return b.path
}

// checkPurpose notes a text that tells the user nothing.
func checkPurpose(p *part, key, text, where string) {
	bare := strings.ToLower(strings.TrimFunc(text, insignificant))
	switch {
	case bare == "":
		p.add(codePurposeEmpty, where, "%s is %q", shorten(key), shorten(text))
	case placeholder(bare, key):
		p.add(codePurposePlaceholder, where, "%s is %q", shorten(key), shorten(text))
	}
}

// insignificant: blanks, invisible characters and signs.
func insignificant(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// placeholder tells texts that were left from a template or say no more than the
// name of what is asked for. bare is in small letters, without signs around it.
func placeholder(bare, key string) bool {
	if bare == strings.ToLower(key) || strings.HasSuffix(bare, "usagedescription") || strings.Contains(bare, "lorem ipsum") || oneCharacter(bare) || digits(bare) {
		return true
	}
	switch bare {
	case "todo", "tbd", "fixme", "test", "testing", "tests", "none", "null", "nil", "n/a", "na", "default", "string", "text", "message",
		"description", "usage description", "privacy", "permission", "placeholder", "your text here", "your message here", "reason", "purpose", "asdf", "abc", "foo", "bar",
		"camera", "microphone", "location", "photo", "photos", "photo library", "contacts", "calendar", "calendars", "bluetooth", "motion", "tracking", "idfa", "face id", "faceid",
		"测试", "待定", "待填写", "待补充", "暂无", "无", "占位", "说明", "描述", "文本", "权限", "隐私", "用途", "使用说明", "权限说明",
		"相机", "摄像头", "麦克风", "定位", "位置", "地理位置", "相册", "照片", "通讯录", "联系人", "日历", "蓝牙", "运动", "跟踪":
		return true
	}
	return strings.HasPrefix(bare, "todo") || strings.HasPrefix(bare, "your usage description")
}

// oneCharacter: "x", "xxx", "哈哈".
func oneCharacter(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.IndexFunc(s, func(r rune) bool { return r != first }) < 0
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}
