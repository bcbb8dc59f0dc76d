package archive

import (
	"path"
	"slices"
	"strings"
)

// marks is what the names of an archive say about its kind, gathered in one
// pass. Exact names are asked for with Lookup instead.
type marks struct {
	apps      []string // IPA: "Payload/Name.app/" with an Info.plist
	bareApps  int      // "Payload/Name.app/" entries without regard to Info.plist
	appFolder string   // "Name.app/" or "dir/Name.app/" outside Payload, with an Info.plist
	manifests []string // folders with an AndroidManifest.xml one level down
	payloads  []string // folders with a Payload/Name.app/Info.plist below
	packages  []string // files that are packages by their extension, at most maxPackages
	rootAPKs  int
	splitAPK  bool // base.apk, split_*.apk or config.*.apk at the root
	xcarchive bool
	splits    int // splits/*.apk, standalones/*.apk
	haps      int // *.hap, *.hsp at the root
	ets       bool
	classes   bool // *.class
	dex       bool // classes*.dex at the root
	signed    bool // META-INF/*.RSA, .DSA, .EC
	foreign   int  // __MACOSX/, .DS_Store
	folded    string
}

const maxPackages = 8

func scan(a *Archive) marks {
	var m marks
	for i := range a.entries {
		m.see(a.entries[i].Name)
	}
	return m
}

func (m *marks) see(name string) {
	first, rest, nested := strings.Cut(name, "/")
	if first == "__MACOSX" || strings.HasSuffix(name, ".DS_Store") {
		m.foreign++
		return
	}
	m.extension(name, nested)
	if !nested {
		m.root(name)
		return
	}
	switch {
	case first == "Payload":
		m.payload(rest)
	case first == "META-INF":
		m.signed = m.signed || signatureFile(rest)
	case first == "ets":
		m.ets = true
	case strings.HasSuffix(first, ".xcarchive"):
		m.xcarchive = true
	case strings.HasSuffix(first, ".app") && rest == "Info.plist":
		m.appFolder = first + "/"
	default:
		m.folder(first, rest)
	}
}

func (m *marks) root(name string) {
	switch {
	case foldPrefix(name, "androidmanifest.xml") && len(name) == len(manifestName) && name != manifestName:
		m.folded = name
	case strings.HasPrefix(name, "classes") && strings.HasSuffix(name, ".dex"):
		m.dex = true
	}
}

// payload sees what is below Payload/.
func (m *marks) payload(rest string) {
	app, file, ok := strings.Cut(rest, "/")
	if !ok || !strings.HasSuffix(app, ".app") {
		return
	}
	m.bareApps++
	if root := "Payload/" + app + "/"; file == "Info.plist" && len(m.apps) < maxPackages && !slices.Contains(m.apps, root) {
		m.apps = append(m.apps, root)
	}
}

// folder sees what is below any other folder of the root.
func (m *marks) folder(first, rest string) {
	if rest == manifestName && len(m.manifests) < maxPackages {
		m.manifests = append(m.manifests, first+"/")
	}
	below, ok := strings.CutPrefix(rest, "Payload/")
	if app, file, found := strings.Cut(below, "/"); ok && found && file == "Info.plist" &&
		strings.HasSuffix(app, ".app") && len(m.payloads) < maxPackages {
		m.payloads = append(m.payloads, first+"/")
	}
	if app, file, _ := strings.Cut(rest, "/"); file == "Info.plist" && strings.HasSuffix(app, ".app") {
		m.appFolder = first + "/" + app + "/"
	}
}

// extension counts the files that are packages by their name.
func (m *marks) extension(name string, nested bool) {
	switch ext := path.Ext(name); ext {
	case ".class":
		m.classes = true
	case ".apk", ".ipa", ".aab", ".apks", ".xapk", ".apkm", ".hap", ".hsp":
		if len(m.packages) < maxPackages {
			m.packages = append(m.packages, name)
		}
		switch {
		case ext == ".apk" && !nested:
			m.rootAPKs++
			m.splitAPK = m.splitAPK || name == "base.apk" ||
				strings.HasPrefix(name, "split_") || strings.HasPrefix(name, "config.")
		case ext == ".apk" && (strings.HasPrefix(name, "splits/") || strings.HasPrefix(name, "standalones/")):
			m.splits++
		case !nested && (ext == ".hap" || ext == ".hsp"):
			m.haps++
		}
	}
}

func signatureFile(name string) bool {
	switch strings.ToUpper(path.Ext(name)) {
	case ".RSA", ".DSA", ".EC":
		return !strings.Contains(name, "/")
	}
	return false
}
