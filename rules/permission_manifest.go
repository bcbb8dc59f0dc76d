package rules

import (
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/catalogue"
)

// receiverFacts are the catalogue's facts by the action a receiver waits for.
var receiverFacts = [...]struct{ action, fact string }{
	{"android.provider.Telephony.SMS_RECEIVED", "sms-receiver"},
	{"android.provider.Telephony.SMS_DELIVER", "sms-receiver"},
	{"android.provider.Telephony.WAP_PUSH_RECEIVED", "mms-receiver"},
	{"android.provider.Telephony.WAP_PUSH_DELIVER", "mms-receiver"},
	{"android.intent.action.PHONE_STATE", "phone-state-receiver"},
	{"android.intent.action.NEW_OUTGOING_CALL", "outgoing-call-receiver"},
	{"android.intent.action.PACKAGE_ADDED", "package-receiver"},
	{"android.intent.action.PACKAGE_REPLACED", "package-receiver"},
	{"android.intent.action.PACKAGE_REMOVED", "package-receiver"},
}

// featureFacts are the catalogue's facts by the beginning of a feature's name.
var featureFacts = [...]struct{ prefix, fact string }{
	{"android.hardware.camera", "feature-camera"},
	{"android.hardware.microphone", "feature-microphone"},
	{"android.hardware.location", "feature-location"},
	{"android.hardware.telephony", "feature-telephony"},
}

const (
	mmsType           = "application/vnd.wap.mms-message"
	respondPermission = "android.permission.SEND_RESPOND_VIA_MESSAGE"
	respondAction     = "android.intent.action.RESPOND_VIA_MESSAGE"
	vpnPermission     = "android.permission.BIND_VPN_SERVICE"
	windowContent     = "canRetrieveWindowContent"
	manifestFile      = "AndroidManifest.xml"
)

// manifest reads the facts of the manifest besides the permissions it names.
func (r *reader) manifest() []Reading {
	var list []Reading
	for i := range r.f.Components {
		list = append(list, r.componentFacts(&r.f.Components[i])...)
	}
	for _, f := range r.f.Features {
		for _, k := range featureFacts {
			if f.Name == k.prefix || strings.HasPrefix(f.Name, k.prefix+".") {
				list = append(list, r.manifestFact(k.fact, f.Name, "uses-feature", manifestFile))
			}
		}
	}
	for _, q := range r.f.Queries {
		for _, name := range queryNames(q) {
			if !r.names[facts.SourceQueries][name] {
				list = append(list, r.declared(facts.Permission{Name: name, Source: facts.SourceQueries, Where: q.Where}))
			}
		}
	}
	return append(list, r.appFacts()...)
}

func (r *reader) appFacts() []Reading {
	var list []Reading
	app := &r.f.App
	if app.RequestLegacyExternalStorage {
		list = append(list, r.manifestFact("legacy-storage", "requestLegacyExternalStorage", "application", manifestFile))
	}
	if app.PreserveLegacyExternalStorage {
		list = append(list, r.manifestFact("legacy-storage", "preserveLegacyExternalStorage", "application", manifestFile))
	}
	if app.SharedUserID != "" {
		list = append(list, r.manifestFact("shared-user-id", "sharedUserId="+app.SharedUserID, "manifest", manifestFile))
	}
	if r.target < 30 {
		list = append(list, r.manifestFact("target-below-30", fmt.Sprintf("targetSdkVersion=%d", r.target), "uses-sdk", manifestFile))
	}
	return list
}

func (r *reader) componentFacts(c *facts.Component) []Reading {
	var list []Reading
	add := func(fact, name string) {
		list = append(list, r.manifestFact(fact, name, c.Kind, c.Where))
	}
	if strings.HasPrefix(c.Permission, "android.permission.BIND_") && !r.names[facts.SourceComponent][c.Permission] {
		list = append(list, r.declared(facts.Permission{Name: c.Permission, Source: facts.SourceComponent, Where: c.Where, Component: c.Name}))
	}
	switch c.Kind {
	case "receiver":
		for _, name := range receiverActions(c) {
			add(name.fact, name.action)
		}
	case "service":
		if c.Permission == vpnPermission {
			add("vpn-service", c.Name)
		}
		if c.Permission == respondPermission && hasAction(c, respondAction) {
			add("respond-via-message-service", c.Name)
		}
		if slices.Contains(c.MetaData, facts.MetaData{Name: windowContent, Value: "true"}) {
			add("accessibility-window-content", windowContent)
		}
		for _, t := range []string{"location", "camera", "microphone"} {
			if slices.Contains(c.ForegroundServiceType, t) {
				add("foreground-service-"+t, "foregroundServiceType="+t)
			}
		}
	}
	for _, f := range c.IntentFilters {
		if i := slices.IndexFunc(f.Schemes, isMMSScheme); i >= 0 {
			add("mms-scheme", "scheme:"+f.Schemes[i])
			break
		}
	}
	return list
}

type receiverAction struct{ action, fact string }

// receiverActions are the judged actions a receiver waits for, each once.
func receiverActions(c *facts.Component) []receiverAction {
	var list []receiverAction
	for _, f := range c.IntentFilters {
		for _, a := range f.Actions {
			for _, k := range receiverFacts {
				one := receiverAction{k.action, k.fact}
				if a != k.action || k.fact == "mms-receiver" && !slices.Contains(f.MimeTypes, mmsType) || slices.Contains(list, one) {
					continue
				}
				list = append(list, one)
			}
		}
	}
	return list
}

func hasAction(c *facts.Component, action string) bool {
	return slices.ContainsFunc(c.IntentFilters, func(f facts.IntentFilter) bool { return slices.Contains(f.Actions, action) })
}

func isMMSScheme(s string) bool { return s == "mms" || s == "mmsto" }

// manifestFact reads one fact of the catalogue; name is what stands in the manifest.
func (r *reader) manifestFact(fact, name, source, where string) Reading {
	base := Reading{Name: name, Source: source, Where: where, Declared: true, Category: box.None, Acceptable: []box.Box{box.None}}
	e, _ := catalogue.Lookup(catalogue.KindManifest, fact)
	return r.fact(base, e)
}

// queryNames are the names under which the children of <queries> are listed.
func queryNames(q facts.Query) []string {
	var names []string
	if q.Package != "" {
		names = append(names, "package:"+q.Package)
	}
	if q.Provider != "" {
		names = append(names, "provider:"+q.Provider)
	}
	if q.Intent != nil {
		for _, a := range q.Intent.Actions {
			names = append(names, "intent:"+a)
		}
	}
	return names
}

// query reads one child of <queries>.
func (r *reader) query(base Reading) Reading {
	kind, name, _ := strings.Cut(base.Name, ":")
	fact := ""
	switch {
	case kind == "intent" && (name == "android.intent.action.MAIN" || name == "*"):
		fact = "queries-launcher"
	case kind == "package":
		fact = "queries-package"
	case kind == "intent" && r.queriesMMS(name):
		fact = "mms-scheme"
	}
	if e, ok := catalogue.Lookup(catalogue.KindManifest, fact); ok {
		return r.fact(base, e)
	}
	base.Effective, base.Reason = true, reasonQuery
	return base
}

var reasonQuery = Text{ZH: "只查询某一类应用，不涉及表上任何一项。", EN: "Asks about one sort of app only; no box of the form is meant."}

func (r *reader) queriesMMS(action string) bool {
	return slices.ContainsFunc(r.f.Queries, func(q facts.Query) bool {
		return q.Intent != nil && slices.Contains(q.Intent.Actions, action) && slices.ContainsFunc(q.Intent.Schemes, isMMSScheme)
	})
}
