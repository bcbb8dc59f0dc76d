package rules

import (
	"errors"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/policy"
)

// judgeRules makes the policy's own rules that are for the package's platform.
func judgeRules(in Input, categories []Category, readings []Reading) []Check {
	var view *policy.View
	var list []Check
	for _, r := range in.Policy.Rules() {
		if r.Platform != "" && r.Platform != string(platformOf(in.Facts.Format)) {
			continue
		}
		if unread := unreadParts(in.Facts, r.Parts()); len(unread) > 0 {
			list = append(list, notRead(r, unread))
			continue
		}
		if view == nil {
			view = policy.NewView(in.Facts, in.Filing, categories, readings, in.AsOf)
		}
		list = append(list, judgeRule(r, view))
	}
	return list
}

func judgeRule(r *policy.Rule, view *policy.View) Check {
	out, err := r.Eval(view)
	c := ruleCheck(r)
	switch {
	case errors.Is(err, policy.ErrCost):
		c.Reason, c.Outcome, c.Severity = "cost-limit", OutcomeUnknown, atLeastReview(r)
		c.Message = Text{ZH: "安装包的内容太多，这条政策规则没有算完，无法判定", EN: "The package holds so much that this rule of the policy was stopped, so it can't be told"}
		c.Remedy = Text{ZH: "请审核人员人工核对；政策制定者可把规则写得更省", EN: "A reviewer compares by hand; who sets the policy may write the rule so that it does less"}
	case err != nil:
		c.Reason, c.Outcome, c.Severity = "evaluation-error", OutcomeUnknown, atLeastReview(r)
		c.Message = Text{ZH: "这条政策规则计算出错，无法判定", EN: "This rule of the policy ran into an error, so it can't be told"}
		c.Remedy = Text{ZH: "请审核人员人工核对；政策制定者请按下面的错误改正规则", EN: "A reviewer compares by hand; who sets the policy mends the rule by the error below"}
		return c.with(err.Error())
	case out.Failed:
		c.Reason, c.Outcome = "fail", OutcomeFail
		c.Message, c.Remedy = Text(r.Message), Text(r.Remedy)
		return c.with(out.Evidence...)
	default:
		c.Reason, c.Outcome = "pass", OutcomePass
		c.Message = Text{ZH: "符合政策要求", EN: "As the policy demands"}
	}
	return c
}

// ruleCheck is the check of a rule, not yet ended.
func ruleCheck(r *policy.Rule) Check {
	return Check{ID: r.ID, Title: Text(r.Title), Severity: Severity(r.Severity)}
}

func atLeastReview(r *policy.Rule) Severity { return Severity(r.Severity.AtLeast(policy.Review)) }

func notRead(r *policy.Rule, parts []string) Check {
	c := ruleCheck(r)
	c.Reason, c.Outcome = "not-read", OutcomeUnknown
	c.Message = Text{ZH: "这条政策规则要看的内容没有完整读出，无法判定", EN: "What this rule of the policy looks at could not be read in full, so it can't be told"}
	c.Remedy = Text{ZH: "请用官方构建工具重新生成安装包后再提交；仍然如此时由人工核验", EN: "Build the package anew with the official tools and submit it again; if it stays so a person must look at it"}
	return c.with(strings.Join(parts, ", "))
}

func notAPackage(r *policy.Rule) Check {
	c := ruleCheck(r)
	like := newCheck("structure", "not-a-package", nil)
	c.Reason, c.Outcome, c.Severity, c.Message, c.Remedy = like.Reason, like.Outcome, like.Severity, like.Message, like.Remedy
	return c
}

// unreadParts are those that no reader read in full.
func unreadParts(f *facts.Facts, parts []policy.Part) []string {
	var unread []string
	for _, part := range parts {
		if !partRead(f, part) && !slices.Contains(unread, string(part)) {
			unread = append(unread, string(part))
		}
	}
	return unread
}

func partRead(f *facts.Facts, part policy.Part) bool {
	switch part {
	case policy.PartManifest:
		return declarationsStatus(f) == facts.StatusOK
	case policy.PartResources:
		return resourcesRead(f)
	case policy.PartSignature:
		return signatureRead(f)
	case policy.PartText:
		return textRead(f)
	case policy.PartNetwork:
		return networkRead(f)
	}
	return false
}

// networkRead reports whether the network security configuration, where the app
// names one, was read; one that names a reader's trouble was not.
func networkRead(f *facts.Facts) bool {
	if f.App.NetworkSecurityConfig != "" && f.Network == nil {
		return false
	}
	return !slices.ContainsFunc(f.Anomalies, func(a facts.Anomaly) bool { return strings.HasPrefix(a.Code, "network-config-") })
}
