// Package machotest builds Mach-O files for tests without a compiler: thin and
// fat, signed and not, and ones that lie. What it builds holds no real code; it
// is put together as ld and codesign would, so that other readers take it too.
package machotest

import (
	"bytes"
	"encoding/binary"
)

// CPU types (mach/machine.h).
const (
	CPUX86      = 7
	CPUX86_64   = 0x01000007
	CPUARM      = 12
	CPUARM64    = 0x0100000c
	CPUARM64_32 = 0x0200000c
)

// Platforms of LC_BUILD_VERSION.
const (
	PlatformMacOS        = 1
	PlatformIOS          = 2
	PlatformWatchOS      = 4
	PlatformIOSSimulator = 7
)

// Load commands a test may ask for.
const (
	CommandVersionMinIOS   = 0x25
	CommandVersionMinWatch = 0x30
)

const (
	wide     = 0x01000000 // bit of 64-bit CPU types
	pageSize = 4096
)

// Slice is one architecture. The zero Slice is an unsigned arm64 executable for
// iOS without libraries.
type Slice struct {
	CPU, Subtype uint32
	FileType     uint32 // 0 means MH_EXECUTE
	// Platform is written as LC_BUILD_VERSION, or, where VersionMin is a load
	// command, told by that one. NoVersion leaves both out.
	Platform   uint32
	VersionMin uint32
	NoVersion  bool
	MinOS, SDK uint32 // see Version
	UUID       [16]byte
	Libraries  []string
	// Imports and Exports are the names of undefined and of defined symbols. Without
	// any there is no symbol table.
	Imports, Exports []string
	// Encryptable writes LC_ENCRYPTION_INFO, Encrypted sets its cryptid.
	Encryptable, Encrypted bool
	// Commands are written behind all others, as they stand.
	Commands [][]byte
	// Code is how many bytes of zeros are between the load commands and the signature.
	Code      int
	Signature *Signature
}

// Version packs a version as load commands hold it.
func Version(major, minor, patch int) uint32 { return uint32(major<<16 | minor<<8 | patch) }

// Bytes writes the slice as a thin file.
func (s Slice) Bytes() []byte {
	s.setDefaults()
	is64 := s.CPU&wide != 0
	symbols, names := s.symbolTable(is64)
	// The sizes of the commands do not depend on where things are.
	commands, count := s.commands(is64, place{})
	at := place{text: align(headerSize(is64)+len(commands)+s.Code, pageSize), symbols: len(symbols), names: len(names)}
	limit := align(at.text+len(symbols)+len(names), 16)
	at.limit = limit
	if s.Signature != nil {
		at.signature = len(s.Signature.bytes(make([]byte, limit)))
	}
	commands, _ = s.commands(is64, at)
	image := make([]byte, limit, limit+at.signature)
	copy(image, append(s.header(is64, count, len(commands)), commands...))
	copy(image[at.text:], append(symbols, names...))
	if s.Signature != nil {
		image = append(image, s.Signature.bytes(image)...)
	}
	return image
}

func (s *Slice) setDefaults() {
	if s.CPU == 0 {
		s.CPU = CPUARM64
	}
	if s.FileType == 0 {
		s.FileType = 2
	}
	if s.Platform == 0 {
		s.Platform = PlatformIOS
	}
}

func headerSize(is64 bool) int {
	if is64 {
		return 32
	}
	return 28
}

func (s *Slice) header(is64 bool, count, size int) []byte {
	const flags = 0x200085 // NOUNDEFS, DYLDLINK, TWOLEVEL, PIE
	if is64 {
		return le(0xfeedfacf, s.CPU, s.Subtype, s.FileType, uint32(count), uint32(size), flags, 0)
	}
	return le(0xfeedface, s.CPU, s.Subtype, s.FileType, uint32(count), uint32(size), flags)
}

// place is where things are: the symbols stand at text, their names behind them,
// the signature at limit.
type place struct{ text, symbols, names, limit, signature int }

// commands writes the load commands and counts them.
func (s *Slice) commands(is64 bool, at place) ([]byte, int) {
	list := [][]byte{
		segment(is64, "__TEXT", 0, at.text),
		segment(is64, "__LINKEDIT", at.text, at.limit-at.text+at.signature),
		command(0x1b, s.UUID[:]),
	}
	if n := len(s.Imports) + len(s.Exports); n > 0 {
		list = append(list, command(0x2, le(uint32(at.text), uint32(n), uint32(at.text+at.symbols), uint32(at.names))),
			command(0xb, le(0, 0, 0, uint32(len(s.Exports)), uint32(len(s.Exports)), uint32(len(s.Imports)), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
	}
	switch {
	case s.NoVersion:
	case s.VersionMin != 0:
		list = append(list, command(s.VersionMin, le(s.MinOS, s.SDK)))
	default:
		list = append(list, command(0x32, le(s.Platform, s.MinOS, s.SDK, 0)))
	}
	for _, name := range s.Libraries {
		list = append(list, Dylib(name))
	}
	if s.Encryptable || s.Encrypted {
		list = append(list, encryption(is64, s.Encrypted))
	}
	if s.Signature != nil {
		list = append(list, command(0x1d, le(uint32(at.limit), uint32(at.signature))))
	}
	list = append(list, s.Commands...)
	return bytes.Join(list, nil), len(list)
}

// Dylib is an LC_LOAD_DYLIB command.
func Dylib(name string) []byte {
	padded := make([]byte, align(len(name)+1, 8))
	copy(padded, name)
	return command(0xc, append(le(24, 2, 0x10000, 0x10000), padded...))
}

// Command is a load command of 32-bit fields, which may lie.
func Command(cmd uint32, fields ...uint32) []byte { return command(cmd, le(fields...)) }

func encryption(is64, encrypted bool) []byte {
	id := uint32(0)
	if encrypted {
		id = 1
	}
	if is64 {
		return command(0x2c, le(0, pageSize, id, 0))
	}
	return command(0x21, le(0, pageSize, id))
}

// segment is a segment without sections.
func segment(is64 bool, name string, off, size int) []byte {
	var label [16]byte
	copy(label[:], name)
	if !is64 {
		return command(0x1, append(label[:], le(uint32(off), uint32(align(size, pageSize)), uint32(off), uint32(size), 5, 5, 0, 0)...))
	}
	const base = 1 << 32
	body := le64(label[:], base+uint64(off), uint64(align(size, pageSize)), uint64(off), uint64(size))
	return command(0x19, append(body, le(5, 5, 0, 0)...))
}

// command puts the head of a load command before its fields.
func command(cmd uint32, fields []byte) []byte {
	return append(le(cmd, uint32(8+len(fields))), fields...)
}

func align(n, to int) int { return (n + to - 1) / to * to }

func le(values ...uint32) []byte {
	var out []byte
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func le64(out []byte, values ...uint64) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	return out
}

func be(values ...uint32) []byte {
	var out []byte
	for _, v := range values {
		out = binary.BigEndian.AppendUint32(out, v)
	}
	return out
}
