// Package restype reads the structures that Android's binary XML and
// resources.arsc share (AOSP libs/androidfw/include/androidfw/ResourceTypes.h):
// chunk headers, string pools, typed values and configurations.
//
// Every function works on bytes it is given, checks every length against them
// and keeps no state, so all are safe for concurrent use.
package restype

import "encoding/binary"

// Chunk types (ResourceTypes.h, RES_*_TYPE).
const (
	TypeStringPool     = 0x0001
	TypeTable          = 0x0002
	TypeXML            = 0x0003
	TypeXMLFirst       = 0x0100
	TypeStartNamespace = 0x0100
	TypeEndNamespace   = 0x0101
	TypeStartElement   = 0x0102
	TypeEndElement     = 0x0103
	TypeCDATA          = 0x0104
	TypeXMLLast        = 0x017f
	TypeResourceMap    = 0x0180
	TypePackage        = 0x0200
	TypeType           = 0x0201
	TypeTypeSpec       = 0x0202
	TypeLibrary        = 0x0203
)

// ChunkSize is the length of a chunk's header (ResChunk_header).
const ChunkSize = 8

// Chunk is the header that every structure starts with.
type Chunk struct {
	Type       uint16
	HeaderSize uint16
	Size       uint32
}

// ReadChunk reads the header at the start of b, which must hold ChunkSize bytes.
func ReadChunk(b []byte) Chunk {
	return Chunk{Type: U16(b, 0), HeaderSize: U16(b, 2), Size: U32(b, 4)}
}

// Valid says whether c is what Android takes for a chunk: a header of at least
// minHeader bytes, aligned sizes, and no more than remain bytes in all
// (validate_chunk in ResourceTypes.cpp).
func (c Chunk) Valid(minHeader int, remain int64) bool {
	return int(c.HeaderSize) >= minHeader && uint32(c.HeaderSize) <= c.Size &&
		(uint32(c.HeaderSize)|c.Size)&3 == 0 && int64(c.Size) <= remain
}

// U16 and U32 read little-endian numbers at off.
func U16(b []byte, off int) uint16 { return binary.LittleEndian.Uint16(b[off:]) }

// U32 is described at U16.
func U32(b []byte, off int) uint32 { return binary.LittleEndian.Uint32(b[off:]) }
