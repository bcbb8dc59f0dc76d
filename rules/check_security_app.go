package rules

import "strconv"

// runtimePermissionsAPI is the target from which users are asked for each
// dangerous permission.
const runtimePermissionsAPI = 23

func judgeSharedUserID(in Input) Check {
	const id = "security.shared-user-id"
	app := in.Facts.App
	switch {
	case app.SharedUserID != "":
		return newCheck(id, "shared", args{"actual": app.SharedUserID})
	case !manifestRead(in.Facts):
		return newCheck(id, "manifest-unreadable", nil)
	}
	return newCheck(id, "none", nil)
}

func judgeBackup(in Input) Check {
	const id = "security.backup"
	app := in.Facts.App
	switch {
	case !manifestRead(in.Facts):
		return newCheck(id, "manifest-unreadable", nil)
	case app.AllowBackup != nil && !*app.AllowBackup:
		return newCheck(id, "refused", nil)
	case app.FullBackupContent == "false": // the attribute also takes a boolean
		return newCheck(id, "refused", nil)
	case rulesNamed(app.FullBackupContent), rulesNamed(app.DataExtractionRules):
		return newCheck(id, "rules", nil)
	case app.AllowBackup != nil:
		return newCheck(id, "allowed", nil)
	}
	return newCheck(id, "allowed-by-default", nil)
}

func rulesNamed(s string) bool { return s != "" && s != "true" }

func judgeTargetSDK(in Input) Check {
	const id = "security.target-sdk"
	f := in.Facts
	target, known := targetAPI(f)
	a := args{"actual": firstOf(f.App.TargetOS, f.App.MinOS, strconv.Itoa(target))}
	switch {
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case !known:
		return newCheck(id, "undetermined", a)
	case target < runtimePermissionsAPI:
		return newCheck(id, "no-runtime-permissions", a)
	}
	return newCheck(id, "modern", a)
}
