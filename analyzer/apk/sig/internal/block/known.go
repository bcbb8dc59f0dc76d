package block

// Ids of pairs that no scheme of the platform reads its signers from.
const (
	SourceStampV1  = 0x2b09189e // apksig, SourceStampConstants
	VerityPadding  = 0x42726577 // apksig, ApkSigningBlockUtils.VERITY_PADDING_BLOCK_ID
	DependencyInfo = 0x504b4453 // Android Gradle plugin: the app's libraries, encrypted for Google
	PlayFrosting   = 0x2146444e // Google Play: what it adds to packages it hands out
	Walle          = 0x71777777 // Meituan's Walle: the channel a copy is made for, JSON
	VasDolly       = 0x881155ff // Tencent's VasDolly: the same, plain text
	PackerNG       = 0x7a786b21 // packer-ng 2: the same, text in a frame of its own
	Zero           = 0xff3b5998 // zeros, seen beside Walle's
)

// Name is what an id is known for, empty for others. Channel reports whether
// people who hand out copies write into it.
func Name(id uint32) (name string, channel bool) {
	switch id {
	case V2:
		return "v2", false
	case V3:
		return "v3", false
	case V31:
		return "v3.1", false
	case SourceStamp:
		return "source-stamp", false
	case SourceStampV1:
		return "source-stamp-v1", false
	case VerityPadding:
		return "verity-padding", false
	case DependencyInfo:
		return "dependency-info", false
	case PlayFrosting:
		return "play-frosting", false
	case Walle:
		return "meituan-channel", true
	case VasDolly:
		return "vasdolly-channel", true
	case PackerNG:
		return "packer-ng-channel", true
	case Zero:
		return "zero", false
	}
	return "", false
}

// Signs reports whether the value of id is a signature that somebody verifies, so
// that it can't be changed without breaking it. (Nobody verifies a source stamp of
// version 1 any more.)
func Signs(id uint32) bool {
	switch id {
	case V2, V3, V31, SourceStamp:
		return true
	}
	return false
}
