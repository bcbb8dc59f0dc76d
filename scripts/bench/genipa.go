package main

import (
	"fmt"
	"math/rand/v2"
	"os"

	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/machotest"
)

// media are the app's files beside its code: lessons, pictures, texts.
var media = []group{
	{path: "Lessons/lesson-%03d.mp4", count: 50, min: 1 << 20, max: 7 << 20},
	{path: "Audio/word-%04d.m4a", count: 400, min: 20 << 10, max: 200 << 10},
	{path: "Assets%d.car", count: 2, min: 20 << 20, max: 40 << 20},
	{path: "Pages/page_%04d.png", count: 1500, min: 2 << 10, max: 40 << 10},
	{path: "www/chunk-%04d.js", count: 600, min: 1 << 10, max: 120 << 10, text: true},
	{path: "Base.lproj/view_%04d.nib", count: 450, min: 400, max: 16 << 10, text: true},
}

// code is how large the executables are; they deflate to about two fifths.
const mainCode, frameworks, frameworkCode, extensionCode = 150 << 20, 12, 14 << 20, 8 << 20

// generateIPA writes a signed app of 500 MB: every file sealed with SHA-1 and
// SHA-256, every page of every executable in a CodeDirectory of each. Equal runs
// write equal bytes. The signer is a throw-away one.
func generateIPA(out string) error {
	random := rand.NewChaCha8([32]byte([]byte("heyan benchmark, the same always")))
	app := ipatest.App()
	app.Executable = grown(mainCode, 0, random)
	kit := app.Nested[len(app.Nested)-1]
	for i := range app.Nested {
		if app.Nested[i].Path == "PlugIns/Share.appex" {
			app.Nested[i].Executable = grown(extensionCode, 0, random)
		}
	}
	for i := range frameworks {
		name := fmt.Sprintf("Part%02d", i+1)
		part := kit
		part.Path = "Frameworks/" + name + ".framework"
		part.Info = ipatest.With(kit.Info, map[string]any{
			"CFBundleExecutable": name, "CFBundleName": name, "CFBundleIdentifier": ipatest.ID + "." + name,
		})
		part.Executable = grown(frameworkCode, 6, random)
		app.Nested = append(app.Nested, part)
	}
	for _, g := range media {
		for i := range g.count {
			content := make([]byte, g.min+(g.max-g.min)*(i+1)/g.count)
			if g.text {
				fillText(content, random)
			} else if _, err := random.Read(content); err != nil {
				return err
			}
			app.Files = append(app.Files, ipatest.File{Path: fmt.Sprintf(g.path, i+1), Data: content})
		}
	}
	signed := app.Sign(ipatest.Signing{
		Developer:    ipatest.NewDeveloper(ipatest.MarkDistribution),
		Entitlements: ipatest.Entitlements(false),
	})
	return os.WriteFile(out, signed.Bytes(), 0o644) //nolint:gosec // a package to be read
}

// grown is an executable whose code is of a size.
func grown(size int, fileType uint32, random *rand.ChaCha8) []byte {
	image := machotest.Slice{
		FileType: fileType, MinOS: machotest.Version(13, 0, 0), SDK: machotest.Version(17, 2, 0), Code: size,
		Libraries: []string{"/usr/lib/libSystem.B.dylib"},
		Signature: &machotest.Signature{Identifier: ipatest.ID, Team: ipatest.Team},
	}.Bytes()
	const headers = 16 << 10
	fillText(image[headers:size], random)
	return image
}
