package policy

import (
	"regexp"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"
)

// maxRules of one policy.
const maxRules = 50

// RulePrefix begins the id of every rule of a policy, so that none can be taken
// for a built-in check, of today or of a later version.
const RulePrefix = "policy."

var ruleID = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^policy\.[a-z0-9]+([.-][a-z0-9]+)*$`)
})

const maxID = 64

func (r *reader) rules(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		r.add(n.Line, "rules", say("rules 应是一个列表", "rules takes a list"))
		return
	}
	if len(n.Content) > maxRules {
		r.add(n.Line, "rules", say("规则超过 %d 条", "there are more than %d rules", maxRules))
		return
	}
	lines := map[string]int{}
	for _, item := range n.Content {
		if r.full() || !r.plain(item) {
			continue
		}
		r.rule(item, lines)
	}
}

func (r *reader) rule(n *yaml.Node, lines map[string]int) {
	var s source
	rule := &Rule{}
	before := len(r.list)
	seen := r.mapping(n, []section{
		{"id", func(_, v *yaml.Node) { s.ID = r.ruleID(v, lines) }},
		{"severity", func(k, v *yaml.Node) { r.severityWord(k, v, &s.Severity) }},
		{"platform", func(k, v *yaml.Node) { s.Platform, _ = r.oneOf(v, k.Value, []string{"android", "ios"}) }},
		{"title", func(k, v *yaml.Node) { r.text(v, k.Value, &s.Title) }},
		{"fail_if", func(k, v *yaml.Node) { s.FailIf, rule.failIf = r.expression(k, v, cel.BoolType) }},
		{"evidence", func(k, v *yaml.Node) { s.Evidence, rule.evidence = r.expression(k, v, cel.ListType(cel.StringType)) }},
		{"message", func(k, v *yaml.Node) { r.text(v, k.Value, &s.Message) }},
		{"remedy", func(k, v *yaml.Node) { r.text(v, k.Value, &s.Remedy) }},
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	var absent []string
	for _, key := range []string{"id", "severity", "title", "fail_if", "message", "remedy"} {
		if seen[key] == nil {
			absent = append(absent, key)
		}
	}
	if len(absent) > 0 {
		r.add(n.Line, "rules", say("这条规则缺少：%s", "this rule has no %s", strings.Join(absent, ", ")))
	}
	rule.source = s
	if len(r.list) == before && !r.full() {
		r.policy.rules = append(r.policy.rules, rule)
	}
}

func (r *reader) ruleID(n *yaml.Node, lines map[string]int) string {
	id, ok := r.scalar(n, "id")
	if !ok {
		return ""
	}
	switch line, twice := lines[id]; {
	case len(id) > maxID || !ruleID().MatchString(id):
		r.add(n.Line, "id", say("规则的 id %q 应以 policy. 开头，由小写字母、数字、点和短横组成，如 policy.no-location", "the id %q of a rule begins with policy. and has lower-case letters, digits, dots and hyphens, as policy.no-location", clip(id)))
	case twice:
		r.add(n.Line, "id", say("id %q 与第 %d 行的规则重复", "the id %q is that of the rule in line %d", id, line))
	default:
		lines[id] = n.Line
	}
	return id
}

func (r *reader) expression(key, n *yaml.Node, want *cel.Type) (string, *compiled) {
	text, ok := r.scalar(n, key.Value)
	if !ok {
		return "", nil
	}
	c, problem := compile(text, want)
	if c == nil {
		r.add(n.Line, key.Value, say("%s 的表达式有误：%s", "the expression of %s: %s", key.Value, problem))
	}
	return text, c
}
