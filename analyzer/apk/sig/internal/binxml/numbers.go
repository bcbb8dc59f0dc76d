package binxml

import (
	"errors"
)

// Resource ids of attributes.
const (
	attrMinSDK        = 0x0101020c
	attrTargetSDK     = 0x01010270
	attrTargetSandbox = 0x0101054c
)

// MinSDK is the greatest minSdkVersion of all uses-sdk elements, 1 without any.
// (ApkUtils.getMinSdkVersionFromBinaryAndroidManifest)
func MinSDK(xml []byte) (int, error) {
	p, err := newParser(xml)
	if err != nil {
		return 0, err
	}
	result := 1
	for {
		ok, err := p.next()
		if err != nil || !ok {
			return result, err
		}
		if p.depth != 2 || p.name != "uses-sdk" || p.namespace != "" {
			continue
		}
		a, ok, err := p.attribute(attrMinSDK)
		if err != nil {
			return 0, err
		}
		if !ok {
			continue
		}
		level, err := p.minSDK(a)
		if err != nil {
			return 0, err
		}
		result = max(result, level)
	}
}

func (p *parser) minSDK(a attribute) (int, error) {
	switch a.kind {
	case typeIntDec, typeIntHex:
		return int(int32(a.value)), nil
	case typeString:
		name, err := p.pool.text(a.value)
		if err != nil {
			return 0, err
		}
		return levelOf(name)
	}
	return 0, format("minSdkVersion of type 0x%02x", a.kind)
}

// levelOf is the API level before the release with a code name, by its first
// letter. (ApkUtils.getMinSdkVersionForCodename)
func levelOf(codename string) (int, error) {
	if codename == "" || codename[0] < 'A' || codename[0] > 'Z' {
		return 0, format("minSdkVersion %q", codename)
	}
	known := [...]struct {
		letter byte
		level  int
	}{{'C', 2}, {'D', 3}, {'E', 4}, {'F', 7}, {'G', 8}, {'H', 10}, {'I', 13}, {'J', 15}, {'K', 18}, {'L', 20}, {'M', 22}, {'N', 23}, {'O', 25}}
	level := 1
	for _, k := range known {
		if codename[0] >= k.letter {
			level = k.level + int(codename[0]-k.letter)
		}
	}
	return level, nil
}

// TargetSDK is the first targetSdkVersion, else MinSDK, else 1.
// (ApkUtils.getTargetSdkVersionFromBinaryAndroidManifest)
func TargetSDK(xml []byte) (int, error) {
	level, err := number(xml, "uses-sdk", attrTargetSDK)
	if err == nil || errors.Is(err, ErrException) {
		return level, err
	}
	level, err = MinSDK(xml)
	if errors.Is(err, ErrFormat) {
		return 1, nil
	}
	return level, err
}

// TargetSandboxVersion is the first targetSandboxVersion, else 1.
// (ApkUtils.getTargetSandboxVersionFromBinaryAndroidManifest)
func TargetSandboxVersion(xml []byte) (int, error) {
	version, err := number(xml, "manifest", attrTargetSandbox)
	if errors.Is(err, ErrFormat) {
		return 1, nil
	}
	return version, err
}

// number finds the first element of a name that has the attribute.
func number(xml []byte, element string, resource uint32) (int, error) {
	p, err := newParser(xml)
	if err != nil {
		return 0, err
	}
	for {
		ok, err := p.next()
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, format("no attribute 0x%08x", resource)
		}
		if p.name != element {
			continue
		}
		a, ok, err := p.attribute(resource)
		if err != nil {
			return 0, err
		}
		if !ok {
			continue
		}
		if a.kind != typeIntDec && a.kind != typeIntHex {
			return 0, format("attribute of type 0x%02x", a.kind)
		}
		return int(int32(a.value)), nil
	}
}
