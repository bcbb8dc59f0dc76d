package macho

import (
	"fmt"
	"strconv"
)

// CPU types and subtypes (mach/machine.h).
const (
	cpuX86     = 7
	cpuX86_64  = 0x01000007
	cpuARM     = 12
	cpuARM64   = 0x0100000c
	cpuARM64_3 = 0x0200000c // ARM64_32
	cpuPPC     = 18
	cpuPPC64   = 0x01000012

	subtypeMask = 0x00ffffff // without the capability bits
)

// archName is the name lipo and clang give an architecture.
func archName(cpu, subtype uint32) string {
	subtype &= subtypeMask
	switch cpu {
	case cpuX86:
		return "i386"
	case cpuX86_64:
		if subtype == 8 {
			return "x86_64h"
		}
		return "x86_64"
	case cpuARM:
		return armName(subtype)
	case cpuARM64:
		if subtype == 2 {
			return "arm64e"
		}
		return "arm64"
	case cpuARM64_3:
		return "arm64_32"
	case cpuPPC:
		return "ppc"
	case cpuPPC64:
		return "ppc64"
	}
	return fmt.Sprintf("cpu-%#x", cpu)
}

func armName(subtype uint32) string {
	switch subtype {
	case 6:
		return "armv6"
	case 9:
		return "armv7"
	case 11:
		return "armv7s"
	case 12:
		return "armv7k"
	case 0:
		return "arm"
	}
	return "arm-" + strconv.FormatUint(uint64(subtype), 10)
}

// platformName names a platform of LC_BUILD_VERSION.
func platformName(n uint32) string {
	names := [...]string{
		1: "macos", 2: "ios", 3: "tvos", 4: "watchos", 5: "bridgeos", 6: "maccatalyst",
		7: "ios-simulator", 8: "tvos-simulator", 9: "watchos-simulator", 10: "driverkit",
		11: "visionos", 12: "visionos-simulator",
	}
	if n > 0 && int64(n) < int64(len(names)) {
		return names[n]
	}
	return "platform-" + strconv.FormatUint(uint64(n), 10)
}

// versionMinPlatform names the platform of an LC_VERSION_MIN command. No device
// of these systems has an Intel processor, so such code is for a simulator.
func versionMinPlatform(cmd, cpu uint32) string {
	var name string
	switch cmd {
	case cmdVersionMinMacOS:
		return "macos"
	case cmdVersionMinIOS:
		name = "ios"
	case cmdVersionMinTVOS:
		name = "tvos"
	case cmdVersionMinWatch:
		name = "watchos"
	}
	if cpu == cpuX86 || cpu == cpuX86_64 {
		name += "-simulator"
	}
	return name
}

// version writes a version packed as xxxx.yy.zz.
func version(v uint32) string {
	if v == 0 {
		return ""
	}
	text := fmt.Sprintf("%d.%d", v>>16, v>>8&0xff)
	if patch := v & 0xff; patch != 0 {
		text += fmt.Sprintf(".%d", patch)
	}
	return text
}
