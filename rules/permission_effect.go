package rules

import (
	"fmt"
	"slices"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/catalogue"
)

// What stands in a reading in place of the catalogue's reason.
var (
	reasonOwn      = Text{ZH: "应用自己定义的权限，不涉及表上任何一项。", EN: "A permission the app defines itself; no box of the form is meant."}
	reasonUnknown  = Text{ZH: "权限目录中没有这个名称，列出供查阅。", EN: "The catalogue does not know this name; it is listed for the record."}
	reasonBound    = Text{ZH: "应用自己的组件由系统绑定，不涉及表上任何一项。", EN: "A component of the app that the system binds to; no box of the form is meant."}
	reasonOutdated = Text{ZH: "应用支持的系统版本都不再读取这个键，不起作用。", EN: "No version of iOS that the app runs on reads this key any more, so it has no effect."}
	reasonNeeds    = Text{ZH: "缺少与它配套的声明，单独出现不起作用。", EN: "What it works with is not declared beside it; alone it has no effect."}
)

func misspelt(near string) Text {
	return Text{ZH: "没有这个权限，声明不起作用；可能想写的是 " + near + "。", EN: "There is no such permission, so it has no effect; " + near + " may have been meant."}
}

func reasonRange(from, to int) Text {
	return Text{
		ZH: fmt.Sprintf("最高只到 %s，而应用最低要求 %s，在任何能安装的系统上都不起作用。", androidName(to), androidName(from)),
		EN: fmt.Sprintf("It ends with %s while the app starts with %s: no system that can install the app heeds it.", androidName(to), androidName(from)),
	}
}

func reasonAbsent(from, to int) Text {
	return Text{
		ZH: fmt.Sprintf("从 %s 到 %s 的系统里没有这个权限，不起作用。", androidName(from), androidName(to)),
		EN: fmt.Sprintf("No system from %s to %s has this permission, so it has no effect.", androidName(from), androidName(to)),
	}
}

// until is the last API level a declaration reaches.
func until(maxOS string) int {
	if n, ok := facts.APILevel(maxOS); ok && n < catalogue.NewestAPI() {
		return n
	}
	return catalogue.NewestAPI()
}

// since is the first: minSdkVersion of a uses-permission is heeded from API 33 on
// alone, so it binds only an app that starts there.
func since(from int, minOS string) int {
	if n, ok := facts.APILevel(minOS); ok && from >= 33 {
		return max(from, n)
	}
	return from
}

// grant reads a permission by what an app from a store gets of it between the API
// level from and the end of its declaration.
func (r *reader) grant(base Reading, e catalogue.Entry, from int) Reading {
	got := r.fact(base, e)
	got.Group = e.Group
	from, to := since(from, base.MinOS), until(base.MaxOS)
	g := e.Grant(from, to)
	got.Level = levelName(e, g)
	switch {
	case from > to:
		return without(got, reasonRange(from, to))
	case !g.Exists:
		return without(got, reasonAbsent(from, to))
	case !r.accompanied(e, to):
		return without(got, reasonNeeds)
	}
	switch {
	case e.Strength == catalogue.None:
		// a name made from the app's own id is held by whoever signs the app
		got.Effective = e.Origin == "self-defined" || g.Obtainable && g.Latest != catalogue.LevelUndefined
	case e.Strength == catalogue.Ineffective && g.Dangerous:
		// asked of the user on the oldest systems the app runs on
		got.Strength, got.Effective = string(catalogue.Declares), true
	case e.Strength == catalogue.Ineffective || !g.Obtainable:
		// the matrix knows a system app's by this pair: ineffective, yet effective
		got.Strength, got.Effective = string(catalogue.Ineffective), r.system
	default:
		got.Effective = true
	}
	if e.BelowAPI > from {
		got.Strength, got.Category = string(catalogue.Declares), e.BelowBox
		got.Acceptable = slices.DeleteFunc(slices.Clone(e.Acceptable), func(b box.Box) bool { return b == box.None })
	}
	return got
}

// without marks a declaration that no system heeds, not even for a system app.
func without(got Reading, why Text) Reading {
	got.Effective, got.Strength, got.Reason = false, string(catalogue.Ineffective), why
	return got
}

// accompanied reports whether one of the permissions e needs is declared and
// lasts until e begins.
func (r *reader) accompanied(e catalogue.Entry, to int) bool {
	if len(e.Needs) == 0 {
		return true
	}
	for _, p := range r.f.Permissions {
		if slices.Contains(e.Needs, p.Name) && isUses(p.Source) && min(to, until(p.MaxOS)) >= max(r.min, e.FirstAPI()) {
			return true
		}
	}
	return false
}

func isUses(s facts.Source) bool {
	return s == facts.SourceUsesPermission || s == facts.SourceUsesPermissionSDK23 || s == facts.SourceUsesPermissionSDKM
}

// levelName is the level on the newest system the declaration reaches.
func levelName(e catalogue.Entry, g catalogue.Grant) string {
	l := g.Latest
	if !g.Exists && len(e.Levels) > 0 {
		l = e.Levels[len(e.Levels)-1].Level
	}
	switch l {
	case catalogue.LevelUnknown, catalogue.LevelUndefined:
		return ""
	case catalogue.Signature, catalogue.Internal:
		if e.AppOp() {
			return "appop"
		}
	}
	return string(l)
}
