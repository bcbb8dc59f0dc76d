package macho

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Load commands that matter here (mach-o/loader.h).
const (
	cmdSegment          = 0x1
	cmdSegment64        = 0x19
	cmdSymtab           = 0x2
	cmdLoadDylib        = 0xc
	cmdLoadWeakDylib    = 0x80000018
	cmdReexportDylib    = 0x8000001f
	cmdLazyLoadDylib    = 0x20
	cmdLoadUpwardDylib  = 0x80000023
	cmdUUID             = 0x1b
	cmdCodeSignature    = 0x1d
	cmdEncryption       = 0x21
	cmdEncryption64     = 0x2c
	cmdVersionMinMacOS  = 0x24
	cmdVersionMinIOS    = 0x25
	cmdVersionMinTVOS   = 0x2f
	cmdVersionMinWatch  = 0x30
	cmdBuildVersion     = 0x32
	dylibCommandSize    = 24
	uuidCommandSize     = 24
	segment32FieldsSize = 40
	segment64FieldsSize = 56
)

// commandReader reads the load commands of one slice.
type commandReader struct {
	*fileReader
	slice    *Slice
	order    binary.ByteOrder
	platform bool            // a command has named the platform
	told     map[string]bool // codes of anomalies told of this slice
}

func (c *commandReader) run(b []byte, count int) error {
	for i := range count {
		if len(b) < commandSize {
			return malformed("load command %d of %d lies beyond their end", i, count)
		}
		cmd, size := c.order.Uint32(b), c.order.Uint32(b[4:])
		if size < commandSize || int64(size) > int64(len(b)) {
			return malformed("load command %d (%#x) has %d bytes of %d", i, cmd, size, len(b))
		}
		if err := c.command(cmd, b[:size]); err != nil {
			return fmt.Errorf("load command %d: %w", i, err)
		}
		b = b[size:]
	}
	return nil
}

func (c *commandReader) command(cmd uint32, b []byte) error {
	switch cmd {
	case cmdSegment, cmdSegment64:
		return c.segment(b, cmd == cmdSegment64)
	case cmdLoadDylib, cmdLoadWeakDylib, cmdReexportDylib, cmdLazyLoadDylib, cmdLoadUpwardDylib:
		return c.dylib(b)
	case cmdSymtab:
		return c.symbolTable(b)
	case cmdUUID:
		return c.uuid(b)
	case cmdCodeSignature:
		return c.codeSignature(b)
	case cmdEncryption, cmdEncryption64:
		return c.encryption(b)
	case cmdVersionMinMacOS, cmdVersionMinIOS, cmdVersionMinTVOS, cmdVersionMinWatch:
		return c.versionMin(cmd, b)
	case cmdBuildVersion:
		return c.buildVersion(b)
	}
	return nil
}

func (c *commandReader) segment(b []byte, wide bool) error {
	var off, size uint64
	switch {
	case wide && len(b) >= segment64FieldsSize:
		off, size = c.order.Uint64(b[40:]), c.order.Uint64(b[48:])
	case !wide && len(b) >= segment32FieldsSize:
		off, size = uint64(c.order.Uint32(b[32:])), uint64(c.order.Uint32(b[36:]))
	default:
		return malformed("segment command of %d bytes", len(b))
	}
	if end := uint64(c.slice.Size); off > end || size > end-off {
		c.tell(CodeSegment, "segment of %d bytes at %d, the slice has %d bytes", size, off, end)
	}
	return nil
}

func (c *commandReader) dylib(b []byte) error {
	if len(b) < dylibCommandSize {
		return malformed("library command of %d bytes", len(b))
	}
	off := c.order.Uint32(b[8:])
	if off < dylibCommandSize || int64(off) >= int64(len(b)) {
		return malformed("library name at %d of %d", off, len(b))
	}
	name := text(b[off:], maxLibraryName)
	if c.libraries+len(name) > maxLibraryBytes {
		c.tell(CodeLibraries, "names beyond %d bytes are left out", maxLibraryBytes)
		return nil
	}
	c.libraries += len(name)
	c.slice.Facts.Libraries = append(c.slice.Facts.Libraries, name)
	return nil
}

func (c *commandReader) uuid(b []byte) error {
	if len(b) < uuidCommandSize {
		return malformed("uuid command of %d bytes", len(b))
	}
	if c.slice.Facts.UUID == "" {
		c.slice.Facts.UUID = fmt.Sprintf("%X-%X-%X-%X-%X", b[8:12], b[12:14], b[14:16], b[16:18], b[18:24])
	}
	return nil
}

func (c *commandReader) codeSignature(b []byte) error {
	if len(b) < 16 {
		return malformed("code signature command of %d bytes", len(b))
	}
	if c.slice.signature != nil {
		return malformed("two code signatures")
	}
	c.slice.signature = &extent{int64(c.order.Uint32(b[8:])), int64(c.order.Uint32(b[12:]))}
	c.slice.Facts.Signed = true
	return nil
}

func (c *commandReader) encryption(b []byte) error {
	if len(b) < 20 {
		return malformed("encryption command of %d bytes", len(b))
	}
	c.slice.Encryption = &Encryption{
		Offset: int64(c.order.Uint32(b[8:])), Size: int64(c.order.Uint32(b[12:])), ID: c.order.Uint32(b[16:]),
	}
	c.slice.Facts.Encrypted = c.slice.Facts.Encrypted || c.slice.Encryption.ID != 0
	return nil
}

func (c *commandReader) versionMin(cmd uint32, b []byte) error {
	if len(b) < 16 {
		return malformed("version command of %d bytes", len(b))
	}
	c.setPlatform(versionMinPlatform(cmd, c.slice.cpu), c.order.Uint32(b[8:]), c.order.Uint32(b[12:]))
	return nil
}

func (c *commandReader) buildVersion(b []byte) error {
	if len(b) < 24 {
		return malformed("build version command of %d bytes", len(b))
	}
	c.setPlatform(platformName(c.order.Uint32(b[8:])), c.order.Uint32(b[12:]), c.order.Uint32(b[16:]))
	return nil
}

func (c *commandReader) setPlatform(name string, minOS, sdk uint32) {
	at := &c.slice.Facts
	if c.platform {
		if at.Platform != name {
			c.tell(CodePlatforms, "%s, and %s", at.Platform, name)
		}
		return
	}
	c.platform = true
	at.Platform, at.MinOS, at.SDK = name, version(minOS), version(sdk)
}

// tell makes an anomaly of the first oddity of its kind in this slice.
func (c *commandReader) tell(code, format string, args ...any) {
	if !c.told[code] {
		c.told[code] = true
		c.anomaly(code, c.slice.Facts.Arch, format, args...)
	}
}

// text is the C string at the start of b, at most limit bytes of it, as UTF-8.
func text(b []byte, limit int) string {
	b = b[:min(len(b), limit)]
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}
