package catalogue

import (
	"slices"
	"strings"

	"heyan/rules/box"
)

// row is an entry as the tables hold it: what many rows share stands once, in a
// table of its own, and the row has its place there.
type row struct {
	name       string
	box        box.Box
	accept     uint8
	strength   Strength
	confidence Confidence
	levels     uint8
	last       uint8
	flags      uint8
	group      uint8
	origin     uint8
	reason     uint16
	source     uint8
	more       uint8 // place in extras, 0 for nothing more
}

// extra is what few rows have.
type extra struct {
	since, deprecated, platform string
	needs                       []string
	neverForLocation            bool
	belowAPI                    int
	belowBox                    box.Box
	coveredBy                   string
}

// shard is a sorted part of one kind's rows; a kind's shards follow one another
// in order and none is empty.
type shard struct {
	kind Kind
	rows []row
}

type source struct{ id, where string }

func find(rows []row, name string) (int, bool) {
	return slices.BinarySearchFunc(rows, name, func(r row, name string) int { return strings.Compare(r.name, name) })
}

func entry(kind Kind, r *row) Entry {
	e := Entry{
		Kind: kind, Name: r.name, Box: r.box, Acceptable: acceptSets[r.accept], Strength: r.strength, Confidence: r.confidence,
		Levels: levelSets[r.levels], LastAPI: int(r.last), Flags: flagSets[r.flags], Group: groups[r.group], Origin: origins[r.origin],
		Reason: reasons[r.reason], Source: sourceSets[r.source],
	}
	x := &extras[r.more]
	e.Since, e.Deprecated, e.Platform = x.since, x.deprecated, x.platform
	e.Needs, e.NeverForLocation, e.CoveredBy = x.needs, x.neverForLocation, x.coveredBy
	e.BelowAPI, e.BelowBox = x.belowAPI, x.belowBox
	if e.Platform == "" {
		e.Platform = platformOf(kind)
	}
	return e
}

func platformOf(k Kind) string {
	switch k {
	case KindPermission, KindComponent, KindManifest:
		return "android"
	}
	return "ios"
}
