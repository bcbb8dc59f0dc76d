// Package manifest reads AndroidManifest.xml into facts as Android's package
// parser does (AOSP ParsingPackageUtils): the same elements count, at the same
// places, with the same attributes.
//
// What it promises: an element that Android heeds is in the facts, in the order
// of the file, duplicates kept. What Android would not see but another reader
// might, or what was understood by guessing only, is given as a reason in
// Result.Guesses; then the facts are not to be taken as complete. Text is kept
// raw. Memory and time are bounded by axml.Limits and a number of elements.
package manifest

import (
	"errors"
	"fmt"
	"io"

	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/restype"
	"heyan/analyzer/facts"
)

// Path is the manifest's name in a package.
const Path = "AndroidManifest.xml"

// ErrNoManifest: the document's first element is not <manifest>.
var ErrNoManifest = errors.New("no <manifest> element")

// ErrTooMany: there are more components, permissions and the like than any app
// has; Android refuses 30,000 components.
var ErrTooMany = errors.New("too many elements")

// maxItems bounds them all together.
const maxItems = 30_000

// Resolver answers resource references with the package's own resources.
type Resolver interface {
	// Resolve is what ref stands for on an ordinary phone, references followed.
	// text is set for a string. ok is false where there is no such resource;
	// varies says that other devices see another value.
	Resolve(ref uint32) (v restype.Value, text string, varies, ok bool)
}

// Result is what the manifest says that is not yet a fact.
type Result struct {
	// Guesses are the reasons for which the facts may be incomplete.
	Guesses   []string
	Anomalies []facts.Anomaly

	Label         Text
	LauncherLabel Text
	// Icon and RoundIcon are references, 0 where not declared.
	Icon, RoundIcon uint32
	NetworkConfig   uint32
	// Accessibility are the descriptions of accessibility services.
	Accessibility []Description
}

// Text is a text or the reference to one.
type Text struct {
	Ref  uint32
	Text string
}

// Description is the XML resource that describes a component.
type Description struct {
	Component int // index in Facts.Components
	Ref       uint32
}

// Read fills in f from the manifest in data. The error says that it can't be
// relied on; what was read until then is in f all the same.
func Read(data []byte, res Resolver, limit axml.Limits, f *facts.Facts) (*Result, error) {
	m := &reader{res: res, f: f, out: &Result{}}
	x, err := axml.Open(data, limit)
	if err != nil {
		return m.out, err
	}
	m.x = x
	err = m.run()
	m.finish()
	return m.out, err
}

// reader holds the walk over one manifest.
type reader struct {
	x   *axml.Reader
	res Resolver
	f   *facts.Facts
	out *Result

	// open has one frame for each open element.
	open []frame
	// err is the first failure of an attribute's text.
	err error

	application    int // number of <application> elements
	appPermission  string
	component      *facts.Component
	filter         *facts.IntentFilter
	permission     *facts.Permission
	query          *facts.Query
	launcherLabel  *Text
	componentLabel Text
	usesSDK        int
	anomalies      map[string]int
}

// frame is one open element and how its children are read.
type frame struct {
	name  string
	place place
}

// place is where in the manifest the walk is.
type place uint8

const (
	placeIgnored place = iota // nothing below counts
	placeManifest
	// placeLoose is below an element whose children recent versions of Android
	// read as children of <manifest>, since they do not skip them.
	placeLoose
	placeApplication
	placeComponent
	placeFilter
	placePermission
	placeQueries
	placeQueryIntent
)

func (m *reader) run() error {
	started := false
	for {
		event, err := m.x.Next()
		if errors.Is(err, io.EOF) {
			if !started {
				return ErrNoManifest
			}
			return m.err
		}
		if err != nil {
			return err
		}
		switch event {
		case axml.StartElement:
			if len(m.open) == 0 {
				if started {
					m.anomaly("manifest-second-root", "a second root element <%s> is ignored", m.x.Name())
					m.drain()
					return m.err
				}
				started = true
				if m.x.Name() != "manifest" {
					return fmt.Errorf("%w: the document's element is <%s>", ErrNoManifest, m.x.Name())
				}
			}
			m.start()
		case axml.EndElement:
			m.end()
		}
		if m.err != nil {
			return m.err
		}
	}
}

// drain reads the rest for its flaws alone.
func (m *reader) drain() {
	for {
		if _, err := m.x.Next(); err != nil {
			return
		}
	}
}

func (m *reader) start() {
	name := m.x.Name()
	parent := placeIgnored
	if n := len(m.open); n > 0 {
		parent = m.open[n-1].place
	}
	if isHeeded(name) && m.x.Namespace() != "" {
		m.anomaly("manifest-element-namespace", "<%s> is in the namespace %q, which Android does not look at", name, m.x.Namespace())
	}
	place := placeIgnored
	switch {
	case len(m.open) == 0:
		place = placeManifest
		m.readManifest()
	case parent == placeManifest, parent == placeLoose:
		place = m.manifestChild(name, parent)
	case parent == placeApplication:
		place = m.applicationChild(name)
	case parent == placeComponent:
		place = m.componentChild(name)
	case parent == placeFilter:
		m.filterChild(name, m.filter)
	case parent == placePermission:
		m.permissionChild(name)
	case parent == placeQueries:
		place = m.queriesChild(name)
	case parent == placeQueryIntent:
		m.filterChild(name, m.query.Intent)
	}
	if place == placeIgnored && parent != placeManifest && parent != placeLoose {
		m.noteDecoy(name)
	}
	m.open = append(m.open, frame{name: name, place: place})
	f := m.f
	items := len(f.Permissions) + len(f.PermissionDefinitions) + len(f.Queries) + len(f.Features) + len(f.Components) + len(f.MetaData)
	if items > maxItems && m.err == nil {
		m.err = fmt.Errorf("%w: over %d", ErrTooMany, maxItems)
	}
}

func (m *reader) end() {
	n := len(m.open)
	if n == 0 {
		return
	}
	top := m.open[n-1]
	m.open = m.open[:n-1]
	if top.name != m.x.Name() {
		m.anomaly("manifest-tag-mismatch", "<%s> is closed by </%s>", top.name, m.x.Name())
	}
	switch top.place {
	case placeComponent:
		m.endComponent()
	case placeFilter:
		m.endFilter()
	case placePermission:
		m.f.Permissions = append(m.f.Permissions, *m.permission)
		m.permission = nil
	case placeQueryIntent:
		m.endQuery()
	}
}

// manifestChild reads an element right below <manifest>.
func (m *reader) manifestChild(name string, parent place) place {
	if parent == placeLoose && isHeeded(name) {
		m.guess("manifest-nested-element", "<%s> below <%s> counts on some versions of Android only", name, m.open[len(m.open)-1].name)
	}
	switch name {
	case "application":
		m.application++
		if m.application > 1 {
			m.anomaly("manifest-second-application", "a second <application> is ignored")
			return placeLoose
		}
		m.readApplication()
		return placeApplication
	case "uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m":
		return m.usesPermission(facts.Source(name))
	case "permission", "permission-tree", "permission-group":
		m.permissionDefinition(name)
	case "uses-sdk":
		m.readUsesSDK()
	case "uses-feature":
		m.usesFeature()
		return placeLoose
	case "queries":
		return placeQueries
	case "uses-configuration", "supports-screens", "original-package", "adopt-permissions",
		"overlay", "restrict-update":
		return placeLoose
	}
	return placeIgnored
}

// isHeeded says whether an element at the wrong place would matter.
func isHeeded(name string) bool {
	switch name {
	case "uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m", "application", "queries", "uses-sdk":
		return true
	}
	return false
}

// noteDecoy records an element that other readers may count although Android
// does not look for it where it is.
func (m *reader) noteDecoy(name string) {
	if len(m.open) > 0 && isHeeded(name) {
		m.anomaly("manifest-misplaced-element", "<%s> below <%s> is ignored", name, m.open[len(m.open)-1].name)
	}
}

// finish takes over what the XML reader found odd.
func (m *reader) finish() {
	if m.application == 0 && m.err == nil {
		m.anomaly("manifest-no-application", "there is no <application>")
	}
	for _, flaw := range m.x.Flaws() {
		code := "manifest-" + flaw.Code
		m.out.Anomalies = append(m.out.Anomalies, facts.Anomaly{
			Code: code, Detail: flaw.Detail, Where: fmt.Sprintf("%s@%d", Path, flaw.Offset),
		})
		if flaw.Guessed {
			m.out.Guesses = append(m.out.Guesses, flaw.Detail)
		}
	}
}

func (m *reader) where() string { return fmt.Sprintf("%s:%d", Path, m.x.Line()) }

// perCode is how many anomalies of one code are kept.
const perCode = 8

func (m *reader) anomaly(code, format string, args ...any) {
	if m.anomalies == nil {
		m.anomalies = make(map[string]int)
	}
	m.anomalies[code]++
	if m.anomalies[code] > perCode {
		return
	}
	m.out.Anomalies = append(m.out.Anomalies, facts.Anomaly{
		Code: code, Detail: fmt.Sprintf(format, args...), Where: m.where(),
	})
}

// guess is an anomaly for which the facts may be incomplete.
func (m *reader) guess(code, format string, args ...any) {
	m.anomaly(code, format, args...)
	if m.anomalies[code] <= perCode {
		m.out.Guesses = append(m.out.Guesses, fmt.Sprintf("line %d: %s", m.x.Line(), fmt.Sprintf(format, args...)))
	}
}
