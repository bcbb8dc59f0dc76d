package rules

import (
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

func judgeDebuggable(in Input) Check {
	if in.Facts.Format == facts.FormatIPA {
		return judgeTaskAllow(in)
	}
	return judgeManifestFlag(in, "release.debuggable", in.Facts.App.Debuggable, "debuggable", "release")
}

func judgeTestOnly(in Input) Check {
	return judgeManifestFlag(in, "release.test-only", in.Facts.App.TestOnly, "test-only", "release")
}

// judgeManifestFlag ends for the bad reason where the flag is set. A flag that was
// seen counts even if the rest of the manifest could not be read.
func judgeManifestFlag(in Input, id string, set bool, bad, good string) Check {
	switch {
	case set:
		return newCheck(id, bad, nil)
	case !manifestRead(in.Facts):
		return newCheck(id, "manifest-unreadable", nil)
	}
	return newCheck(id, good, nil)
}

// testKeys are the SHA-256 digests of certificates whose private keys are
// published with Android's source (AOSP build/make/target/product/security).
var testKeys = [...]string{
	"a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc", // testkey
	"c8a2e9bccf597c2fb6dc66bee293fc13f2fc47ec77bc6b2b0d52c11f51192ab8", // platform
	"28bbfe4a7b97e74681dc55c2fbb6ccb8d6c74963733f6af6ae74d8c3a6e879fd", // shared
	"465983f7791f2abeb43ea2cbdc7f21a8260b72bc08a55c839fc1a43bc741a81e", // media
}

func judgeDebugCertificate(in Input) Check {
	const id = "release.debug-certificate"
	signers := in.Facts.Signature.Signers
	if c := debugSigner(signers); c != nil {
		a := args{"subject": c.Subject}
		if in.Filing.Kind == filing.KindSelfUse {
			return newCheck(id, "self-use", a)
		}
		return newCheck(id, "debug-certificate", a)
	}
	for _, key := range testKeys {
		if signs(signers, key) {
			return newCheck(id, "test-key", nil).with("SHA-256 " + key)
		}
	}
	if reason := noCertificate(in.Facts); reason != "" {
		return newCheck(id, reason, nil)
	}
	return newCheck(id, "release", nil)
}

// noCertificate is why there is no signer's certificate to look at, be the
// signature valid or not; "" where there is one.
func noCertificate(f *facts.Facts) string {
	switch {
	case !signatureRead(f):
		return "signature-unreadable"
	case len(f.Signature.Signers) == 0:
		return "no-signer"
	}
	return ""
}

func judgeSplit(in Input) Check {
	const id = "release.split"
	app := in.Facts.App
	switch {
	case app.Split != "" || app.ConfigForSplit != "" || app.IsFeatureSplit:
		return newCheck(id, "split", args{"actual": firstOf(app.Split, app.ConfigForSplit, "split")})
	case app.IsSplitRequired || len(app.RequiredSplits) > 0:
		return newCheck(id, "needs-splits", args{"actual": firstOf(strings.Join(app.RequiredSplits, ", "), "isSplitRequired")})
	case !manifestRead(in.Facts):
		return newCheck(id, "manifest-unreadable", nil)
	}
	return newCheck(id, "whole", nil)
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
