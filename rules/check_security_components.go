package rules

import (
	"slices"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
)

// Levels at which the default of android:exported changed.
const (
	providerClosedAPI = 17 // providers are closed unless they say otherwise
	exportedSaidAPI   = 31 // a component with an intent filter must say
)

func judgeExported(in Input) Check {
	const id = "security.exported"
	if !manifestRead(in.Facts) {
		return newCheck(id, "manifest-unreadable", nil)
	}
	var open []string
	for _, c := range in.Facts.Components {
		if exported(in.Facts, c) && !guarded(c) && !launcher(c) {
			open = append(open, c.Kind+" "+c.Name)
		}
	}
	if len(open) == 0 {
		return newCheck(id, "none", nil)
	}
	return newCheck(id, "open", args{"count": strconv.Itoa(len(open))}).with(open...)
}

// exported reports whether other apps can reach the component.
func exported(f *facts.Facts, c facts.Component) bool {
	if !c.Enabled {
		return false
	}
	if c.Exported != nil {
		return *c.Exported
	}
	target, ok := targetAPI(f)
	if c.Kind == "provider" {
		return !ok || target < providerClosedAPI
	}
	return len(c.IntentFilters) > 0 && (!ok || target < exportedSaidAPI)
}

// guarded reports whether a caller needs a permission, for a provider both for
// reading and for writing.
func guarded(c facts.Component) bool {
	if c.Kind == "provider" {
		return c.Permission != "" || c.ReadPermission != "" && c.WritePermission != ""
	}
	return c.Permission != ""
}

// launcher reports whether the component is an entry that the home screen starts.
func launcher(c facts.Component) bool {
	return slices.ContainsFunc(c.IntentFilters, func(f facts.IntentFilter) bool {
		return slices.Contains(f.Actions, "android.intent.action.MAIN") &&
			slices.ContainsFunc(f.Categories, func(s string) bool {
				return s == "android.intent.category.LAUNCHER" || s == "android.intent.category.LEANBACK_LAUNCHER"
			})
	})
}

func judgeCustomPermission(in Input) Check {
	const id = "security.custom-permission"
	if !manifestRead(in.Facts) {
		return newCheck(id, "manifest-unreadable", nil)
	}
	normal := normalPermissions(in.Facts.PermissionDefinitions)
	var lines []string
	for _, c := range in.Facts.Components {
		for _, p := range []string{c.Permission, c.ReadPermission, c.WritePermission} {
			line := p + ": " + c.Kind + " " + c.Name
			if p != "" && normal[p] && exported(in.Facts, c) && !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) == 0 {
		return newCheck(id, "none", nil)
	}
	return newCheck(id, "normal-level", args{"count": strconv.Itoa(len(lines))}).with(lines...)
}

// normalPermissions are the own permissions that every app is granted on asking:
// level normal, which is also the default.
func normalPermissions(definitions []facts.PermissionDefinition) map[string]bool {
	normal := map[string]bool{}
	for _, d := range definitions {
		base, _, _ := strings.Cut(strings.ToLower(d.ProtectionLevel), "|")
		if n, err := strconv.ParseUint(base, 0, 32); err == nil && n&0xf == 0 {
			base = "normal"
		}
		if d.Kind == "permission" && (base == "" || base == "normal") {
			normal[d.Name] = true
		}
	}
	return normal
}
