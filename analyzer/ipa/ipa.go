// Package ipa is the analyzer of iOS packages: it finds the app in the archive,
// reads its Info.plist and those of every bundle nested in it, the texts in
// other languages, the load commands, certain imports and entitlements of the executables, the
// provisioning profile and the privacy manifests.
//
// What it promises: each part runs behind a fence and says in Facts.Analyzers
// how far it came; a part that fails loses none of the others'. An Info.plist
// that can't be read is "failed", never an app without permissions. Only what is
// needed is inflated, so that time and memory stay bounded whatever the
// package's size; nothing inside the package names a file outside it. Of who
// bought a copy nothing is read.
//
// The code signatures, the seals and the profile are verified in one pass over
// the app's files: each is inflated once, the biggest first, several at a time.
package ipa

import (
	"context"
	"errors"
	"sync"

	"heyan/analyzer"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/applepki"
	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/macho"
	"heyan/analyzer/ipa/privacy"
)

// Version is the version of the readers in this package; it changes whenever
// the same bytes may give other facts.
const Version = "4"

// Analyzer reads iOS packages. It may be used by several goroutines.
type Analyzer struct {
	authorities func() *applepki.Authorities
}

// New returns an Analyzer that trusts Apple.
func New() *Analyzer { return &Analyzer{authorities: applepki.Apple} }

// NewTrusting returns an Analyzer that trusts these authorities instead.
func NewTrusting(a *applepki.Authorities) *Analyzer {
	return &Analyzer{authorities: func() *applepki.Authorities { return a }}
}

var _ analyzer.Analyzer = (*Analyzer)(nil)

// Format implements analyzer.Analyzer.
func (*Analyzer) Format() facts.Format { return facts.FormatIPA }

// Version implements analyzer.Analyzer.
func (*Analyzer) Version() string { return Version }

// Analyze implements analyzer.Analyzer.
func (a *Analyzer) Analyze(ctx context.Context, in analyzer.Input, f *facts.Facts) error {
	f.Permissions = []facts.Permission{}
	f.Signature.Status = facts.SignatureUnknown
	i := &inspection{ctx: ctx, in: in, f: f, authorities: a.authorities(), wanted: macho.NewNames(privacy.Symbols()...)}
	if err := i.run(); err != nil {
		return err
	}
	return ctx.Err()
}

// inspection is the state of one Analyze call.
type inspection struct {
	ctx context.Context
	in  analyzer.Input
	f   *facts.Facts
	zip *archive.Archive
	lay *layout

	authorities *applepki.Authorities
	works       []*work         // every file of the app that was gone through
	twice       map[string]bool // names that several entries have
	sealCut     bool            // the files are more than is compared
	wanted      macho.Names     // imported symbols to look for
	// profileGrants are the entitlements that the profile allows.
	profileGrants []entitlement.Value

	// Each part fills its own; they are joined when all have ended.
	entitlements []facts.Entitlement
	executables  []facts.Executable
	privacy      []facts.PrivacyManifest
}

func (i *inspection) run() error {
	open, bundles := i.newPart(facts.AnalyzerArchive), i.newPart(facts.AnalyzerBundle)
	if err := open.run(i.openArchive); err != nil {
		return err
	}
	if i.zip == nil {
		bundles.fail("the archive can't be opened")
	} else if err := bundles.run(i.readBundles); err != nil {
		return err
	}
	i.f.Unexamined = append(i.f.Unexamined,
		facts.Unexamined{Check: "code", Code: facts.UnexaminedCodeRest, Why: "beyond imported required-reason APIs and embedded frameworks of Apple's list, this version does not examine which SDKs the package holds and what its code uses"})
	if i.lay == nil {
		open.close()
		bundles.close()
		i.closeUnread(bundles.detail)
		return nil
	}
	return i.readRest(open, bundles)
}

// readRest runs the parts that build on the bundles side by side. They fill
// different fields, and their findings are entered in a fixed order when all
// have ended.
func (i *inspection) readRest(open, bundles *part) error {
	type reader struct {
		part *part
		read func(*part) error
	}
	readers := []reader{
		{open, i.checkHeaders},
		{i.newPart(facts.AnalyzerStrings), i.readStrings},
		{i.newPart(facts.AnalyzerMachO), i.readExecutables},
		{i.newPart(facts.AnalyzerProfile), i.readProfile},
		{i.newPart(facts.AnalyzerPrivacy), i.readPrivacy},
		{i.newPart(facts.AnalyzerIPAText), i.readText},
	}
	errs := make([]error, len(readers))
	var wait sync.WaitGroup
	for n, r := range readers {
		wait.Go(func() { errs[n] = r.part.run(r.read) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	i.doubtArchive(open, bundles)
	signing := i.newPart(facts.AnalyzerIPASigning)
	if err := signing.run(i.joinSigning); err != nil {
		return err
	}
	if err := bundles.run(i.join); err != nil {
		return err
	}
	open.close()
	bundles.close()
	for _, r := range readers[1:] {
		r.part.close()
	}
	signing.close()
	return nil
}

// closeUnread says of every other part that it had nothing to read.
func (i *inspection) closeUnread(why string) {
	for _, name := range []string{facts.AnalyzerStrings, facts.AnalyzerMachO, facts.AnalyzerProfile, facts.AnalyzerPrivacy, facts.AnalyzerIPAText, facts.AnalyzerIPASigning} {
		p := i.newPart(name)
		p.fail("%s", why)
		p.close()
	}
}

// join enters what needs several parts: names and permissions.
func (i *inspection) join(p *part) error {
	i.f.Executables, i.f.Entitlements, i.f.PrivacyManifests = i.executables, i.entitlements, i.privacy
	i.enterNames()
	i.enterPermissions(p)
	return nil
}
