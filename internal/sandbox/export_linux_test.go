package sandbox

import "heyan/analyzer"

// Held is Analyzer of a build that holds this reader.
func Held(reader []byte, mode Mode) analyzer.Func { return newProgram(reader).analyzer(mode) }
