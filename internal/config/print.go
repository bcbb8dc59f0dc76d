package config

import (
	"fmt"
	"strings"
)

// Example is a configuration file with every setting, its meaning and its
// default, all commented out.
func Example(lang string) string {
	var w strings.Builder
	w.WriteString(text(lang, exampleZH, exampleEN))
	for _, f := range Default().Fields() {
		indent := strings.Repeat("  ", f.Depth)
		if f.Section {
			fmt.Fprintf(&w, "\n# %s\n%s%s:\n", text(lang, f.ZH, f.EN), indent, f.name())
			continue
		}
		if f.Depth == 0 {
			w.WriteString("\n")
		}
		fmt.Fprintf(&w, "%s# %s%s\n", indent, text(lang, f.ZH, f.EN), f.accepts(lang))
		fmt.Fprintf(&w, "%s# %s: %s\n", indent, f.name(), f.yamlValue())
		if f.Secret {
			fmt.Fprintf(&w, "%s# %s%s: /run/secrets/%s\n", indent, f.name(), fileSuffix, f.name())
		}
	}
	return w.String()
}

const exampleZH = `# heyan 的配置。每行设置都注释着，写的是默认值；要改哪个就去掉它前面的 #。
# 优先次序：本文件 < 环境变量（records.engine 即 HEYAN_RECORDS_ENGINE）< 命令行 --set 键=值。
# 密钥可以放在单独的文件里：键名后加 _file。检查：heyan config check --config 本文件
`

const exampleEN = `# Configuration of heyan. Every setting is commented out and shows its default;
# remove the # of what you change. Order: this file < environment (records.engine is
# HEYAN_RECORDS_ENGINE) < flags (--set key=value). A secret can be in a file of its
# own: add _file to its key. To check: heyan config check --config THIS-FILE
`

// accepts names the words or the unit of a field.
func (f *Field) accepts(lang string) string {
	what := strings.Join(f.Values, " | ")
	if what == "" {
		what = f.Unit
	}
	if what == "" {
		return ""
	}
	return text(lang, "（"+what+"）", " ("+what+")")
}

func (f *Field) name() string { return f.Key[strings.LastIndexByte(f.Key, '.')+1:] }

// yamlValue is the value as a YAML scalar or list, a secret hidden.
func (f *Field) yamlValue() string {
	if list, ok := f.value.Interface().([]string); ok {
		return "[" + strings.Join(list, ", ") + "]"
	}
	if v := f.Value(); v == "" || strings.ContainsAny(v, "#\"'{}[]*&!%@`,") || strings.Contains(v, ": ") || strings.TrimSpace(v) != v {
		return fmt.Sprintf("%q", v)
	}
	return f.Value()
}

// Effective is the configuration as it holds, in YAML, secrets hidden.
func (c *Config) Effective() string {
	var w strings.Builder
	for _, f := range c.Fields() {
		indent := strings.Repeat("  ", f.Depth)
		if f.Section {
			fmt.Fprintf(&w, "%s%s:\n", indent, f.name())
			continue
		}
		fmt.Fprintf(&w, "%s%s: %s\n", indent, f.name(), f.yamlValue())
	}
	return w.String()
}

// Table is the reference of all settings as Markdown, for docs/operations.
func Table(lang string) string {
	var w strings.Builder
	w.WriteString(text(lang, "| 设置 | 默认 | 含义 |\n|---|---|---|\n", "| setting | default | meaning |\n|---|---|---|\n"))
	for _, f := range Default().Fields() {
		if f.Section {
			continue
		}
		value := ""
		if v := f.Value(); v != "" {
			value = "`" + v + "`"
		}
		meaning := text(lang, f.ZH, f.EN) + strings.ReplaceAll(f.accepts(lang), "|", "\\|")
		fmt.Fprintf(&w, "| `%s` | %s | %s |\n", f.Key, value, meaning)
	}
	return w.String()
}

func text(lang, zh, en string) string {
	if lang == "en" {
		return en
	}
	return zh
}
