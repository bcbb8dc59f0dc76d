package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"heyan/rules/box"
)

// Fields of the form that a policy may require, by the ids and words of the form,
// and the checks that say whether they were filed.
var requirable = [...]struct{ id, zh, check string }{
	{"app_name", "应用名称", "name"},
	{"package_id", "包名", "package-id"},
	{"certificate_digest", "签名指纹", "certificate-digest"},
	{"public_key", "平台公钥", "public-key"},
	{"security_certificate", "安全认证号", "security-certificate"},
}

// RequiredField is the field whose absence the check tells, its words, and the
// severity where the policy requires it.
func (p *Policy) RequiredField(check string) (field Text, severity Severity, ok bool) {
	for _, f := range requirable {
		if f.check == check {
			severity, ok = p.Params().RequiredFields[f.id]
			return Text{ZH: f.zh, EN: f.id}, severity, ok
		}
	}
	return Text{}, "", false
}

func (r *reader) parameters(n *yaml.Node) {
	p := &r.policy.Parameters
	r.mapping(n, []section{
		{"missing_tick", func(_, v *yaml.Node) { r.missingTick(v) }},
		{"read_app_data", func(k, v *yaml.Node) {
			if s, ok := r.oneOf(v, k.Value, []string{string(ReadAppDataEither), string(ReadAppDataAppsOnly), string(ReadAppDataStorage)}); ok {
				p.ReadAppData = ReadAppData(s)
			}
		}},
		{"accepted_boxes", func(_, v *yaml.Node) { r.acceptedBoxes(v) }},
		{"other_suffices", func(k, v *yaml.Node) { r.flag(k, v, &p.OtherSuffices) }},
		{"name_match", func(k, v *yaml.Node) {
			if s, ok := r.oneOf(v, k.Value, []string{string(NameSimilar), string(NameExact)}); ok {
				p.NameMatch = NameMatch(s)
			}
		}},
		{"version_trailing_zero", func(k, v *yaml.Node) { r.flag(k, v, &p.VersionTrailingZero) }},
		{"version_with_build", func(k, v *yaml.Node) { r.flag(k, v, &p.VersionWithBuild) }},
		{"required_fields", func(_, v *yaml.Node) { r.requiredFields(v) }},
		{"preinstalled", func(k, v *yaml.Node) { r.flag(k, v, &p.Preinstalled) }},
	})
}

func (r *reader) flag(key, n *yaml.Node, into *bool) {
	if s, ok := r.oneOf(n, key.Value, []string{"true", "false"}); ok {
		*into = s == "true"
	}
}

func (r *reader) severityWord(key, n *yaml.Node, into *Severity) {
	if s, ok := r.oneOf(n, key.Value, severityWords); ok {
		*into = Severity(s)
	}
}

func (r *reader) missingTick(n *yaml.Node) {
	m := &r.policy.Parameters.MissingTick
	r.mapping(n, []section{
		{"certain", func(k, v *yaml.Node) { r.severityWord(k, v, &m.Certain) }},
		{"conventional", func(k, v *yaml.Node) { r.severityWord(k, v, &m.Conventional) }},
		{"debatable", func(k, v *yaml.Node) { r.severityWord(k, v, &m.Debatable) }},
		{"purpose_string", func(k, v *yaml.Node) { r.severityWord(k, v, &m.PurposeString) }},
	})
}

// acceptedBoxes reads boxes and, for each, the ticks that do instead of it.
func (r *reader) acceptedBoxes(n *yaml.Node) {
	accepted := map[box.Box][]box.Box{}
	r.each(n, func(key, value *yaml.Node) {
		b, ok := r.box(key)
		if !ok {
			return
		}
		if _, twice := accepted[b]; twice {
			r.add(key.Line, key.Value, say("%q 重复", "%q stands twice", clip(key.Value)))
			return
		}
		if value.Kind != yaml.SequenceNode {
			r.add(value.Line, key.Value, say("%q 应填一个方框的列表", "%q takes a list of boxes", clip(key.Value)))
			return
		}
		accepted[b] = []box.Box{b}
		for _, item := range value.Content {
			if other, ok := r.box(item); ok && !slices.Contains(accepted[b], other) {
				accepted[b] = append(accepted[b], other)
			}
		}
		slices.SortFunc(accepted[b], func(a, c box.Box) int { return a.Index() - c.Index() })
	})
	if len(accepted) > 0 {
		r.policy.Parameters.AcceptedBoxes = accepted
	}
}

func (r *reader) box(n *yaml.Node) (box.Box, bool) {
	if n.Kind != yaml.ScalarNode || !r.plain(n) {
		r.add(n.Line, "", say("这里应是一个方框", "this is the name of a box"))
		return "", false
	}
	b, ok := boxNamed(n.Value)
	if !ok {
		r.add(n.Line, n.Value, say("没有 %q 这个方框", "there is no box %q", clip(n.Value)).accepting(boxKeys()))
	}
	return b, ok
}

func (r *reader) requiredFields(n *yaml.Node) {
	required := map[string]Severity{}
	r.each(n, func(key, value *yaml.Node) {
		for _, f := range requirable {
			if key.Value == f.id || key.Value == f.zh {
				var s Severity
				r.severityWord(key, value, &s)
				required[f.id] = s
				return
			}
		}
		var words []string
		for _, f := range requirable {
			words = append(words, f.id+" ("+f.zh+")")
		}
		r.add(key.Line, key.Value, say("%q 不能列为必填", "%q can't be required", clip(key.Value)).accepting(words))
	})
	if len(required) > 0 {
		r.policy.Parameters.RequiredFields = required
	}
}
