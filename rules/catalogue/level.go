package catalogue

import "strings"

// Level is what Android asks before it grants a permission.
type Level string

// The base protection levels. Signature stands for signatureOrSystem and system
// too, Internal for role and module. LevelUnknown: not known; LevelUndefined: no
// Android defines the name.
const (
	Normal         Level = "normal"
	Dangerous      Level = "dangerous"
	Signature      Level = "signature"
	Internal       Level = "internal"
	LevelUnknown   Level = "unknown"
	LevelUndefined Level = "undefined"
)

// Span is a level from an API level on, until the next span.
type Span struct {
	From  int
	Level Level
}

// Levels are the spans of one permission, ascending.
type Levels []Span

// Grant is what an app from a store can get of a permission on a range of API levels.
type Grant struct {
	// Exists: some API level of the range has the permission.
	Exists bool
	// Latest is the level on the newest of them.
	Latest Level
	// Obtainable: on some of them an app can be granted it: normal, dangerous, by
	// special access (appop), or the level is not known.
	Obtainable bool
	// Dangerous: on some of them the user is asked for it.
	Dangerous bool
}

// Grant answers for API levels from to to, both included.
func (e Entry) Grant(from, to int) Grant {
	var g Grant
	last := e.LastAPI
	if last == 0 {
		last = newestAPI
	}
	for i, s := range e.Levels {
		end := last
		if i+1 < len(e.Levels) {
			end = e.Levels[i+1].From - 1
		}
		if s.From > to || end < from {
			continue
		}
		g.Exists, g.Latest = true, s.Level
		g.Dangerous = g.Dangerous || s.Level == Dangerous
		g.Obtainable = g.Obtainable || s.Level.obtainable() || e.AppOp()
	}
	return g
}

func (l Level) obtainable() bool {
	switch l {
	case Normal, Dangerous, LevelUnknown, LevelUndefined:
		return true
	}
	return false
}

// AppOp reports whether the user can grant the permission in the settings,
// whatever its base level (protection flag appop).
func (e Entry) AppOp() bool {
	for f := range strings.SplitSeq(e.Flags, "|") {
		if f == "appop" {
			return true
		}
	}
	return false
}

// FirstAPI is the first API level that has the permission.
func (e Entry) FirstAPI() int {
	if len(e.Levels) == 0 {
		return 1
	}
	return e.Levels[0].From
}
