// Package privacy reads privacy manifests (PrivacyInfo.xcprivacy): what an app
// or an SDK says it collects, tracks and why it calls certain interfaces.
//
// It says what the manifest says; whether that is complete or true is not its
// matter. It is bounded by plist.Limits and by the lists' own limits.
package privacy

import (
	"errors"
	"fmt"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/plist"
)

// MaxBytes is the length of the longest manifest that is read.
const MaxBytes = 1 << 20

// maxItems is how many items of one list are kept.
const maxItems = 1000

// Codes of anomalies.
const (
	// CodeType: a value of another type than Apple's description of the file gives.
	CodeType = "privacy-type"
	// CodeCut: a list longer than is kept.
	CodeCut = "privacy-list-cut"
	// CodeKey: a key that Apple's description of the file does not know.
	CodeKey = "privacy-unknown-key"
)

// ErrNoManifest: a property list that is no dictionary.
var ErrNoManifest = errors.New("the privacy manifest is no dictionary")

// Parse reads a manifest, all but Path and Bundle. The anomalies have no Where.
// The error is one of plist's or ErrNoManifest.
func Parse(data []byte) (*facts.PrivacyManifest, []facts.Anomaly, error) {
	doc, err := plist.Read(data, plist.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, nil, err
	}
	root, ok := doc.Value.(map[string]any)
	if !ok {
		return nil, nil, ErrNoManifest
	}
	r := &reader{found: doc.Anomalies}
	return r.manifest(root), r.found, nil
}

// reader takes typed values out of the list and notes what has another type.
type reader struct{ found []facts.Anomaly }

func (r *reader) manifest(root map[string]any) *facts.PrivacyManifest {
	m := &facts.PrivacyManifest{
		Tracking:        r.boolean(root, "NSPrivacyTracking"),
		TrackingDomains: r.texts(root, "NSPrivacyTrackingDomains"),
	}
	for _, item := range r.dicts(root, "NSPrivacyCollectedDataTypes") {
		m.CollectedTypes = append(m.CollectedTypes, facts.CollectedDataType{
			Type:     r.text(item, "NSPrivacyCollectedDataType"),
			Linked:   r.boolean(item, "NSPrivacyCollectedDataTypeLinked"),
			Tracking: r.boolean(item, "NSPrivacyCollectedDataTypeTracking"),
			Purposes: r.texts(item, "NSPrivacyCollectedDataTypePurposes"),
		})
	}
	for _, item := range r.dicts(root, "NSPrivacyAccessedAPITypes") {
		m.AccessedAPIs = append(m.AccessedAPIs, facts.AccessedAPI{
			Category: r.text(item, "NSPrivacyAccessedAPIType"),
			Reasons:  r.texts(item, "NSPrivacyAccessedAPITypeReasons"),
		})
	}
	known := 0
	for _, key := range []string{"NSPrivacyTracking", "NSPrivacyTrackingDomains", "NSPrivacyCollectedDataTypes", "NSPrivacyAccessedAPITypes"} {
		if _, ok := root[key]; ok {
			known++
		}
	}
	if n := len(root) - known; n > 0 {
		r.note(CodeKey, "%d keys are none of a privacy manifest's", n)
	}
	return m
}

func (r *reader) note(code, format string, args ...any) {
	r.found = append(r.found, facts.Anomaly{Code: code, Detail: fmt.Sprintf(format, args...)})
}

func (r *reader) boolean(d map[string]any, key string) bool {
	v, ok := d[key].(bool)
	if !ok && d[key] != nil {
		r.note(CodeType, "%s is no boolean", key)
	}
	return v
}

func (r *reader) text(d map[string]any, key string) string {
	v, ok := d[key].(string)
	if !ok {
		r.note(CodeType, "%s is no text", key)
	}
	return v
}

func (r *reader) list(d map[string]any, key string) []any {
	v, ok := d[key].([]any)
	if !ok && d[key] != nil {
		r.note(CodeType, "%s is no list", key)
	}
	if len(v) > maxItems {
		r.note(CodeCut, "%s has %d items, %d are kept", key, len(v), maxItems)
		v = v[:maxItems]
	}
	return v
}

func (r *reader) texts(d map[string]any, key string) []string {
	var out []string
	for _, v := range r.list(d, key) {
		text, ok := v.(string)
		if !ok {
			r.note(CodeType, "%s holds what is no text", key)
			break
		}
		out = append(out, text)
	}
	return out
}

func (r *reader) dicts(d map[string]any, key string) []map[string]any {
	var out []map[string]any
	for _, v := range r.list(d, key) {
		item, ok := v.(map[string]any)
		if !ok {
			r.note(CodeType, "%s holds what is no dictionary", key)
			break
		}
		out = append(out, item)
	}
	return out
}
