package privacy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/machotest"
	"heyan/analyzer/ipa/plist"
	"heyan/analyzer/ipa/privacy"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	whole := ipatest.With(ipatest.Privacy(), map[string]any{"NSPrivacyTracking": true, "NSPrivacyTrackingDomains": []string{"ads.example.cn"}})
	many := make([]string, 1500)
	for name, test := range map[string]struct {
		from  map[string]any
		want  *facts.PrivacyManifest
		codes []string
	}{
		"whole": {whole, &facts.PrivacyManifest{
			Tracking: true, TrackingDomains: []string{"ads.example.cn"},
			CollectedTypes: []facts.CollectedDataType{{Type: "NSPrivacyCollectedDataTypeName", Linked: true, Purposes: []string{"NSPrivacyCollectedDataTypePurposeAppFunctionality"}}},
			AccessedAPIs:   []facts.AccessedAPI{{Category: "NSPrivacyAccessedAPICategoryUserDefaults", Reasons: []string{"CA92.1"}}},
		}, nil},
		"empty":        {map[string]any{}, &facts.PrivacyManifest{}, nil},
		"unknown key":  {map[string]any{"NSPrivacyX": true}, &facts.PrivacyManifest{}, []string{privacy.CodeKey}},
		"wrong types":  {map[string]any{"NSPrivacyTracking": "yes", "NSPrivacyTrackingDomains": "a", "NSPrivacyCollectedDataTypes": []any{"a"}, "NSPrivacyAccessedAPITypes": []any{map[string]any{}}}, &facts.PrivacyManifest{AccessedAPIs: []facts.AccessedAPI{{}}}, []string{privacy.CodeType, privacy.CodeType, privacy.CodeType, privacy.CodeType}},
		"a long list":  {map[string]any{"NSPrivacyTrackingDomains": many}, &facts.PrivacyManifest{TrackingDomains: many[:1000]}, []string{privacy.CodeCut}},
		"wrong domain": {map[string]any{"NSPrivacyTrackingDomains": []any{"a", 1, "b"}}, &facts.PrivacyManifest{TrackingDomains: []string{"a"}}, []string{privacy.CodeType}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, found, err := privacy.Parse(machotest.Plist(test.from))
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, a := range found {
				codes = append(codes, a.Code)
			}
			if diff := cmp.Diff(test.want, got) + cmp.Diff(test.codes, codes); diff != "" {
				t.Errorf("manifest and codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]error{
		"{{{":                                   plist.ErrMalformed,
		"<plist><array/></plist>":               privacy.ErrNoManifest,
		strings.Repeat(" ", privacy.MaxBytes+1): plist.ErrTooLarge,
	} {
		if m, _, err := privacy.Parse([]byte(data)); !errors.Is(err, want) || m != nil {
			t.Errorf("%.20q: %v, %v", data, m, err)
		}
	}
}

func FuzzPrivacy(f *testing.F) {
	f.Add(machotest.Plist(ipatest.Privacy()))
	f.Add([]byte("NSPrivacyTracking = 1; NSPrivacyCollectedDataTypes = ({NSPrivacyCollectedDataType = x;});"))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, found, err := privacy.Parse(data)
		second, foundAgain, errAgain := privacy.Parse(data)
		if diff := cmp.Diff(first, second) + cmp.Diff(found, foundAgain); diff != "" || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Fatalf("%v and %v:\n%s", err, errAgain, diff)
		}
	})
}
