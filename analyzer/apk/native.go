package apk

import (
	"slices"
	"strings"

	"heyan/analyzer/archive"
)

// maxABIs bounds the list; Android knows seven.
const maxABIs = 32

// nativeABIs lists the folders right below lib/ that hold something, sorted.
func nativeABIs(entries []archive.Entry) []string {
	var abis []string
	for i := range entries {
		rest, ok := strings.CutPrefix(entries[i].Name, "lib/")
		if !ok || entries[i].Dir {
			continue
		}
		abi, _, ok := strings.Cut(rest, "/")
		if ok && abi != "" && len(abis) < maxABIs && !slices.Contains(abis, abi) {
			abis = append(abis, abi)
		}
	}
	slices.Sort(abis)
	return abis
}
