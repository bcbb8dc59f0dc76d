package apktest

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
)

// File is one entry of an archive.
type File struct {
	Name string
	Data []byte
	// Deflate compresses it.
	Deflate bool
}

// APK writes an archive of these entries, in this order, names as they are.
func APK(files ...File) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.Name, Method: zip.Store}
		var to io.Writer
		var err error
		if f.Deflate {
			h.Method = zip.Deflate
			to, err = w.CreateHeader(h)
		} else {
			h.CRC32 = crc32.ChecksumIEEE(f.Data)
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(f.Data)), uint64(len(f.Data))
			to, err = w.CreateRaw(h)
		}
		if err == nil {
			_, err = to.Write(f.Data)
		}
		if err != nil {
			panic("apktest: " + err.Error())
		}
	}
	if err := w.Close(); err != nil {
		panic("apktest: " + err.Error())
	}
	return out.Bytes()
}

// Manifest is the <manifest> of an app with the parts given.
func Manifest(parts ...any) *Element {
	return E("manifest", append([]any{
		P("package", "com.example.app"),
		A("versionCode", 7),
		A("versionName", "1.2.3"),
	}, parts...)...)
}

// AttrID is the resource id of a platform attribute; 0 where it is not listed.
func AttrID(name string) uint32 {
	return map[string]uint32{
		"label": 0x01010001, "icon": 0x01010002, "name": 0x01010003, "permission": 0x01010006,
		"readPermission": 0x01010007, "writePermission": 0x01010008, "protectionLevel": 0x01010009,
		"permissionGroup": 0x0101000a, "sharedUserId": 0x0101000b, "hasCode": 0x0101000c,
		"enabled": 0x0101000e, "debuggable": 0x0101000f, "exported": 0x01010010,
		"authorities": 0x01010018, "value": 0x01010024, "resource": 0x01010025, "mimeType": 0x01010026,
		"scheme": 0x01010027, "host": 0x01010028, "drawable": 0x01010199, "targetActivity": 0x01010202,
		"minSdkVersion": 0x0101020c, "versionCode": 0x0101021b, "versionName": 0x0101021c,
		"targetSdkVersion": 0x01010270, "maxSdkVersion": 0x01010271, "testOnly": 0x01010272,
		"allowBackup": 0x01010280, "required": 0x0101028e, "installLocation": 0x010102b7,
		"canRetrieveWindowContent": 0x01010385, "extractNativeLibs": 0x010104ea,
		"fullBackupContent": 0x010104eb, "usesCleartextTraffic": 0x010104ec,
		"networkSecurityConfig": 0x01010527, "roundIcon": 0x0101052c, "targetSandboxVersion": 0x0101054c,
		"requiredFeature": 0x01010554, "requiredNotFeature": 0x01010555, "isFeatureSplit": 0x0101055b,
		"compileSdkVersion": 0x01010572, "versionCodeMajor": 0x01010576, "isSplitRequired": 0x01010591,
		"foregroundServiceType": 0x01010599, "requestLegacyExternalStorage": 0x01010603,
		"preserveLegacyExternalStorage": 0x01010614, "dataExtractionRules": 0x0101063e,
		"usesPermissionFlags": 0x01010644, "requiredSplitTypes": 0x0101064e,
	}[name]
}
