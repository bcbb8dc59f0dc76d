package rules

import "slices"

// emptyMD5 is the MD5 of no bytes.
const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// Some tools print the middle half of an MD5 as a "16-digit MD5".
const (
	shortMD5From = 8
	shortMD5To   = 24
)

func judgeMD5(in Input) Check {
	filed := plainDigest(in.Filing.MD5)
	a := args{"filed": in.Filing.MD5, "actual": in.Facts.File.MD5}
	switch name := digestName(filed); {
	case filed == "":
		return newCheck("md5", "not-filed", a)
	case name == "MD5":
		return newCheck("md5", md5Reason(in, filed), a)
	case name == "SHA-1":
		return newCheck("md5", "sha1-filed", a.digestOwner(in, name, filed))
	case name == "SHA-256":
		return newCheck("md5", "sha256-filed", a.digestOwner(in, name, filed))
	case len(filed) == shortMD5To-shortMD5From && hexOnly().MatchString(filed):
		return newCheck("md5", "malformed", a.shortMD5(in, filed))
	}
	return newCheck("md5", "malformed", a.wrongDigits(filed))
}

func md5Reason(in Input, filed string) string {
	s := in.Facts.Signature
	switch {
	case filed == in.Facts.File.MD5:
		return "equal"
	case in.Sibling != nil && filed == in.Sibling.File.MD5:
		return "sibling-md5"
	case filed == emptyMD5:
		return "empty-file-md5"
	case hasDigest(s.Signers, "MD5", filed), hasDigest(s.Certificates, "MD5", filed), hasDigest(olderSigners(in.Facts), "MD5", filed):
		return "certificate-md5"
	}
	return "mismatch"
}

// digestOwner says in both languages what a SHA-1 or SHA-256 is of.
func (a args) digestOwner(in Input, name, filed string) args {
	s := in.Facts.Signature
	switch {
	case filed == fileDigest(in.Facts.File, name):
		return a.both("of", "是这个安装包的，文件没有错", "of this package: the file is right")
	case hasDigest(slices.Concat(s.Signers, s.Certificates, olderSigners(in.Facts)), name, filed):
		return a.both("of", "是签名证书的", "of the signing certificate")
	case fileDigest(in.Facts.File, name) == "":
		return a.both("of", "不是签名证书的", "not of the signing certificate")
	}
	return a.both("of", "不是这个安装包的", "not of this package")
}

func (a args) shortMD5(in Input, filed string) args {
	if md5 := in.Facts.File.MD5; len(md5) == md5Digits && md5[shortMD5From:shortMD5To] == filed {
		return a.both("how", "是 16 位的短 MD5，取自这个安装包的 MD5", "it is a short MD5 of 16 digits, taken from that of this package")
	}
	return a.both("how", "是 16 位的短 MD5，也不是这个安装包的", "it is a short MD5 of 16 digits, and not of this package")
}
