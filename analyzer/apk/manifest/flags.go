package manifest

import "fmt"

// bit is a flag and its name in the manifest's source.
type bit struct {
	mask uint32
	name string
}

// names lists the flags that are set, and what is left as hex.
func names(bits uint32, table []bit) []string {
	var out []string
	for _, b := range table {
		if bits&b.mask != 0 {
			out = append(out, b.name)
			bits &^= b.mask
		}
	}
	if bits != 0 {
		out = append(out, fmt.Sprintf("0x%x", bits))
	}
	return out
}

// permissionFlags names the bits of android:usesPermissionFlags.
func permissionFlags(bits uint32) []string {
	return names(bits, []bit{{1 << 16, "neverForLocation"}})
}

// foregroundServiceTypes names the bits of android:foregroundServiceType
// (ServiceInfo.FOREGROUND_SERVICE_TYPE_*).
func foregroundServiceTypes(bits uint32) []string {
	return names(bits, []bit{
		{1 << 0, "dataSync"}, {1 << 1, "mediaPlayback"}, {1 << 2, "phoneCall"}, {1 << 3, "location"},
		{1 << 4, "connectedDevice"}, {1 << 5, "mediaProjection"}, {1 << 6, "camera"}, {1 << 7, "microphone"},
		{1 << 8, "health"}, {1 << 9, "remoteMessaging"}, {1 << 10, "systemExempted"}, {1 << 11, "shortService"},
		{1 << 12, "fileManagement"}, {1 << 13, "mediaProcessing"}, {1 << 30, "specialUse"},
	})
}

// protectionLevel prints android:protectionLevel the way the manifest spells it
// (PermissionInfo.PROTECTION_*).
func protectionLevel(bits uint32) string {
	base := [...]string{"normal", "dangerous", "signature", "signatureOrSystem", "internal"}
	s := fmt.Sprintf("0x%x", bits&0xf)
	if i := int(bits & 0xf); i < len(base) {
		s = base[i]
	}
	for _, flag := range names(bits&^0xf, []bit{
		{0x10, "privileged"}, {0x20, "development"}, {0x40, "appop"}, {0x80, "pre23"},
		{0x100, "installer"}, {0x200, "verifier"}, {0x400, "preinstalled"}, {0x800, "setup"},
		{0x1000, "instant"}, {0x2000, "runtime"}, {0x4000, "oem"}, {0x8000, "vendorPrivileged"},
		{0x10000, "textClassifier"}, {0x80000, "configurator"}, {0x100000, "incidentReportApprover"},
		{0x200000, "appPredictor"}, {0x400000, "module"}, {0x800000, "companion"}, {0x1000000, "retailDemo"},
		{0x2000000, "recents"}, {0x4000000, "role"}, {0x8000000, "knownSigner"},
	}) {
		s += "|" + flag
	}
	return s
}
