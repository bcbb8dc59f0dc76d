package manifest

// attribute is the resource id of a platform attribute, which is how Android
// asks for it (AOSP core/res/res/values/public*.xml).
type attribute uint32

const (
	attrLabel                 attribute = 0x01010001
	attrIcon                  attribute = 0x01010002
	attrName                  attribute = 0x01010003
	attrPermission            attribute = 0x01010006
	attrReadPermission        attribute = 0x01010007
	attrWritePermission       attribute = 0x01010008
	attrProtectionLevel       attribute = 0x01010009
	attrPermissionGroup       attribute = 0x0101000a
	attrSharedUserID          attribute = 0x0101000b
	attrHasCode               attribute = 0x0101000c
	attrEnabled               attribute = 0x0101000e
	attrDebuggable            attribute = 0x0101000f
	attrExported              attribute = 0x01010010
	attrAuthorities           attribute = 0x01010018
	attrValue                 attribute = 0x01010024
	attrResource              attribute = 0x01010025
	attrMimeType              attribute = 0x01010026
	attrScheme                attribute = 0x01010027
	attrHost                  attribute = 0x01010028
	attrTargetActivity        attribute = 0x01010202
	attrMinSDK                attribute = 0x0101020c
	attrVersionCode           attribute = 0x0101021b
	attrVersionName           attribute = 0x0101021c
	attrTargetSDK             attribute = 0x01010270
	attrMaxSDK                attribute = 0x01010271
	attrTestOnly              attribute = 0x01010272
	attrAllowBackup           attribute = 0x01010280
	attrRequired              attribute = 0x0101028e
	attrInstallLocation       attribute = 0x010102b7
	attrExtractNativeLibs     attribute = 0x010104ea
	attrFullBackupContent     attribute = 0x010104eb
	attrUsesCleartext         attribute = 0x010104ec
	attrNetworkConfig         attribute = 0x01010527
	attrRoundIcon             attribute = 0x0101052c
	attrRequiredFeature       attribute = 0x01010554
	attrRequiredNotFeature    attribute = 0x01010555
	attrIsFeatureSplit        attribute = 0x0101055b
	attrCompileSDK            attribute = 0x01010572
	attrVersionCodeMajor      attribute = 0x01010576
	attrIsSplitRequired       attribute = 0x01010591
	attrForegroundServiceType attribute = 0x01010599
	attrRequestLegacyStorage  attribute = 0x01010603
	attrPreserveLegacyStorage attribute = 0x01010614
	attrDataExtractionRules   attribute = 0x0101063e
	attrUsesPermissionFlags   attribute = 0x01010644
	attrRequiredSplitTypes    attribute = 0x0101064e
)

// String is the attribute's name, by which it is known where its id is lost.
func (a attribute) String() string {
	switch a {
	case attrLabel:
		return "label"
	case attrIcon:
		return "icon"
	case attrName:
		return "name"
	case attrPermission:
		return "permission"
	case attrReadPermission:
		return "readPermission"
	case attrWritePermission:
		return "writePermission"
	case attrProtectionLevel:
		return "protectionLevel"
	case attrPermissionGroup:
		return "permissionGroup"
	case attrSharedUserID:
		return "sharedUserId"
	case attrHasCode:
		return "hasCode"
	case attrEnabled:
		return "enabled"
	case attrDebuggable:
		return "debuggable"
	case attrExported:
		return "exported"
	case attrAuthorities:
		return "authorities"
	case attrValue:
		return "value"
	case attrResource:
		return "resource"
	case attrMimeType:
		return "mimeType"
	case attrScheme:
		return "scheme"
	case attrHost:
		return "host"
	case attrTargetActivity:
		return "targetActivity"
	case attrMinSDK:
		return "minSdkVersion"
	case attrVersionCode:
		return "versionCode"
	case attrVersionName:
		return "versionName"
	case attrTargetSDK:
		return "targetSdkVersion"
	case attrMaxSDK:
		return "maxSdkVersion"
	}
	return a.laterName()
}

// laterName names the attributes that came after the first release.
func (a attribute) laterName() string {
	switch a {
	case attrTestOnly:
		return "testOnly"
	case attrAllowBackup:
		return "allowBackup"
	case attrRequired:
		return "required"
	case attrInstallLocation:
		return "installLocation"
	case attrExtractNativeLibs:
		return "extractNativeLibs"
	case attrFullBackupContent:
		return "fullBackupContent"
	case attrUsesCleartext:
		return "usesCleartextTraffic"
	case attrNetworkConfig:
		return "networkSecurityConfig"
	case attrRoundIcon:
		return "roundIcon"
	case attrRequiredFeature:
		return "requiredFeature"
	case attrRequiredNotFeature:
		return "requiredNotFeature"
	case attrIsFeatureSplit:
		return "isFeatureSplit"
	case attrCompileSDK:
		return "compileSdkVersion"
	case attrVersionCodeMajor:
		return "versionCodeMajor"
	case attrIsSplitRequired:
		return "isSplitRequired"
	case attrForegroundServiceType:
		return "foregroundServiceType"
	case attrRequestLegacyStorage:
		return "requestLegacyExternalStorage"
	case attrPreserveLegacyStorage:
		return "preserveLegacyExternalStorage"
	case attrDataExtractionRules:
		return "dataExtractionRules"
	case attrUsesPermissionFlags:
		return "usesPermissionFlags"
	case attrRequiredSplitTypes:
		return "requiredSplitTypes"
	}
	return ""
}
