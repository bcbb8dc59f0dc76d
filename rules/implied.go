package rules

import (
	"strconv"

	"heyan/analyzer/facts"
	"heyan/rules/catalogue"
)

// byTarget is what ImpliedBy says where the target alone implies a permission.
const byTarget = "targetSdkVersion"

// implied reads the permissions the system adds to the declared ones: chains are
// followed, and each lasts as long as what implies it.
func (r *reader) implied() []Reading {
	held := map[string]int{} // the last API level of each permission held
	for _, p := range r.f.Permissions {
		if isUses(p.Source) {
			held[p.Name] = max(held[p.Name], until(p.MaxOS))
		}
	}
	var list []Reading
	at := map[string]int{} // place in list
	for changed := true; changed; {
		changed = false
		for _, s := range catalogue.Splits() {
			by, last := impliedBy(s, held, r.target)
			for _, name := range s.Gets {
				if by == "" || held[name] >= last {
					continue
				}
				one := r.impliedReading(name, by, last)
				if i, ok := at[name]; ok {
					list[i] = one
				} else {
					at[name] = len(list)
					list = append(list, one)
				}
				held[name], changed = last, true
			}
		}
	}
	return list
}

// impliedBy names what makes the rule hold, and the API level until which it
// does; "" where it does not. Of several it is the one that lasts longest.
func impliedBy(s catalogue.Split, held map[string]int, target int) (by string, last int) {
	if s.TargetBelow > 0 && target >= s.TargetBelow {
		return "", 0
	}
	if len(s.Has) == 0 {
		return byTarget, catalogue.NewestAPI()
	}
	for _, name := range s.Has {
		if held[name] > last {
			by, last = name, held[name]
		}
	}
	return by, last
}

func (r *reader) impliedReading(name, by string, last int) Reading {
	base := Reading{Name: name, Source: "implied", Where: manifestFile, ImpliedBy: by}
	if last < catalogue.NewestAPI() {
		base.MaxOS = strconv.Itoa(last)
	}
	e, _ := catalogue.Lookup(catalogue.KindPermission, name)
	return r.grant(base, e, r.min)
}

// impliedDemands reports whether an implied permission asks for a tick of its own.
func impliedDemands(name, by string) bool {
	for _, s := range catalogue.Splits() {
		if s.Demands && s.Gets[0] == name && (len(s.Has) == 0 && by == byTarget || len(s.Has) > 0 && s.Has[0] == by) {
			return true
		}
	}
	return false
}

// AaptImplied lists the permissions that aapt's "dump badging" prints as implied,
// in its order. It counts uses-permission alone, and knows no code name of a
// platform but Donut: any other leaves the target at 0 (AOSP, aapt Command.cpp).
func AaptImplied(f *facts.Facts) []string {
	target := max(aaptLevel(f.App.MinOS), aaptLevel(f.App.TargetOS))
	held := map[string]bool{}
	for _, p := range f.Permissions {
		if p.Source == facts.SourceUsesPermission {
			held[p.Name] = true
		}
	}
	var list []string
	for _, s := range catalogue.Splits() {
		if !s.AAPT || s.TargetBelow > 0 && target >= s.TargetBelow || len(s.Has) > 0 && !held[s.Has[0]] || held[s.Gets[0]] {
			continue
		}
		held[s.Gets[0]] = true
		list = append(list, s.Gets[0])
	}
	return list
}

func aaptLevel(s string) int {
	if s == "Donut" {
		return 4
	}
	n, err := strconv.ParseInt(s, 0, 32)
	if err != nil {
		return 0
	}
	return int(n)
}
