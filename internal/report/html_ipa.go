package report

import (
	"fmt"
	"sort"
	"strings"

	"heyan/analyzer/facts"
)

// ipaView is what only an IPA has.
type ipaView struct {
	Profile      []field
	Bundles      list[facts.Bundle]
	Executables  list[executableRow]
	Purposes     list[purposeRow]
	Entitlements list[facts.Entitlement]
	Transport    []field
	Privacy      list[privacyRow]
}

type executableRow struct {
	Path   string
	Slices []string
}

// purposeRow is a purpose string: what the app tells its user.
type purposeRow struct {
	Name  string
	Where string
	Texts []string
}

type privacyRow struct {
	Path      string
	Tracking  bool
	Collected []string
	APIs      []string
}

// Any reports whether there is anything to show.
func (v ipaView) Any() bool { return v.size() > 0 }

func (v ipaView) size() int {
	return len(v.Profile) + len(v.Bundles.Rows) + len(v.Executables.Rows) + len(v.Purposes.Rows) +
		len(v.Entitlements.Rows) + len(v.Transport) + len(v.Privacy.Rows)
}

func ipaOf(f *facts.Facts) ipaView {
	v := ipaView{
		Profile:      profileFields(f.Signature.Profile),
		Bundles:      limited(f.Bundles),
		Entitlements: limited(f.Entitlements),
		Transport:    transportFields(f.TransportSecurity),
	}
	for _, e := range limited(f.Executables).Rows {
		v.Executables.Rows = append(v.Executables.Rows, executableOf(e))
	}
	v.Executables.More = limited(f.Executables).More
	for _, p := range f.Permissions {
		if len(p.Purpose) == 0 {
			continue
		}
		if len(v.Purposes.Rows) == rowLimit {
			v.Purposes.More++
			continue
		}
		v.Purposes.Rows = append(v.Purposes.Rows, purposeRow{p.Name, p.Where, namesByLocale(p.Purpose)})
	}
	for _, p := range limited(f.PrivacyManifests).Rows {
		v.Privacy.Rows = append(v.Privacy.Rows, privacyOf(p))
	}
	v.Privacy.More = limited(f.PrivacyManifests).More
	return v
}

func executableOf(e facts.Executable) executableRow {
	row := executableRow{Path: e.Path}
	for _, s := range limited(e.Slices).Rows {
		text := strings.Join(nonEmpty(s.Arch, s.Platform, s.MinOS), " ")
		if s.Encrypted {
			text += " encrypted"
		}
		if !s.Signed {
			text += " unsigned"
		}
		row.Slices = append(row.Slices, text)
	}
	return row
}

func nonEmpty(list ...string) []string {
	var kept []string
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

func profileFields(p *facts.Profile) []field {
	if p == nil {
		return nil
	}
	var fs fields
	fs.add("类型", "Kind", p.Kind)
	fs.add("名称", "Name", p.Name)
	fs.add("团队", "Team", strings.Join(nonEmpty(p.TeamName, p.TeamID), " "))
	fs.code("应用标识", "App id", p.AppID)
	fs.code("UUID", "UUID", p.UUID)
	fs.add("有效期", "Valid", strings.Join(nonEmpty(day(p.Created), day(p.Expires)), " – "))
	if p.Devices > 0 {
		fs.add("登记设备数", "Devices named", fmt.Sprint(p.Devices))
	}
	if p.GetTaskAllow {
		fs.code("标记", "Marks", "get-task-allow")
	}
	for _, c := range limited(p.Certificates).Rows {
		fs.add("证书", "Certificate", c.Subject, c.SHA256)
	}
	return fs
}

func transportFields(t *facts.TransportSecurity) []field {
	if t == nil {
		return nil
	}
	var fs fields
	for _, m := range []struct {
		on  bool
		key string
	}{
		{t.AllowsArbitraryLoads, "NSAllowsArbitraryLoads"},
		{t.AllowsArbitraryInWeb, "NSAllowsArbitraryLoadsInWebContent"},
		{t.AllowsArbitraryForMedia, "NSAllowsArbitraryLoadsForMedia"},
		{t.AllowsLocalNetworking, "NSAllowsLocalNetworking"},
	} {
		if m.on {
			fs.code("传输安全例外", "Transport exception", m.key)
		}
	}
	fs.code("允许 HTTP 的域名", "Domains that allow HTTP", t.InsecureDomains...)
	return fs
}

func privacyOf(p facts.PrivacyManifest) privacyRow {
	row := privacyRow{Path: p.Path, Tracking: p.Tracking}
	for _, c := range limited(p.CollectedTypes).Rows {
		row.Collected = append(row.Collected, c.Type)
	}
	for _, a := range limited(p.AccessedAPIs).Rows {
		text := a.Category
		if len(a.Reasons) > 0 {
			reasons := append([]string(nil), a.Reasons...)
			sort.Strings(reasons)
			text += " (" + strings.Join(reasons, ", ") + ")"
		}
		row.APIs = append(row.APIs, text)
	}
	return row
}
