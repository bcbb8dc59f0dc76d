package rules

import "slices"

// simulator is the CFBundleSupportedPlatforms entry of a build for it.
const simulator = "iPhoneSimulator"

func judgePlatform(in Input) Check {
	filed, actual := in.Filing.Platform, platformOf(in.Facts.Format)
	a := args{"filed": platformWord(filed), "actual": platformWord(actual)}
	names := in.Facts.App.SupportedOSNames
	switch {
	case filed == "":
		return newCheck("platform", "not-filed", a)
	case filed != actual:
		return newCheck("platform", "mismatch", a)
	case slices.Contains(names, simulator):
		return newCheck("platform", "simulator", a)
	}
	return newCheck("platform", "equal", a)
}
