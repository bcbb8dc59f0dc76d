package rules

func judgePlatform(in Input) Check {
	filed, actual := in.Filing.Platform, platformOf(in.Facts.Format)
	a := args{"filed": platformWord(filed), "actual": platformWord(actual), "system": otherSystem(in.Facts)}
	switch {
	case filed == "":
		return newCheck("platform", "not-filed", a)
	case filed != actual:
		return newCheck("platform", "mismatch", a)
	case a["system"] != "":
		return newCheck("platform", "other-system", a)
	}
	return newCheck("platform", "equal", a)
}
