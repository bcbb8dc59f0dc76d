package finding

// What to do about an APK.
var (
	signAnew = Text{
		ZH: "请从源代码重新构建并用正式证书签名，签名之后不要再改动（apksigner verify 应当通过）",
		EN: "Build it from source, sign it with the release certificate and change nothing afterwards (apksigner verify must pass)",
	}
	lookByHand = Text{
		ZH: "请用 apksigner verify 自查；仍无法判定时由人工核验",
		EN: "Check it with apksigner verify; if it stays unclear a person must look at it",
	}
	signLast = Text{
		ZH: "请在写入渠道、填充等内容之后再签名，或用不改动签名块的办法区分渠道",
		EN: "Sign after channels and the like were written, or tell channels apart without changing the signing block",
	}
	coverComment = Text{
		ZH: "请去掉压缩包注释，或加 v2 签名并把 minSdkVersion 提到 24",
		EN: "Remove the comment, or sign with v2 and raise minSdkVersion to 24",
	}
	rotateAnew = Text{
		ZH: "请用 apksigner rotate 重新生成换钥证明，再用 apksigner sign --lineage 签名",
		EN: "Make the proof of rotation anew with apksigner rotate and sign with apksigner sign --lineage",
	}
	stampAnew = Text{
		ZH: "请提交从源代码构建、没有来源印章的安装包，或由分发者重新加盖印章",
		EN: "Submit the package as it was built, without a stamp, or have its distributor stamp it anew",
	}
	idsigAnew = Text{
		ZH: "请对最终的安装包用 apksigner sign --v4-signing-enabled true 重新签名，把同时生成的 .idsig 与它一起提交",
		EN: "Sign the final package with apksigner sign --v4-signing-enabled true and submit the .idsig that comes with it",
	}
	nothing = Text{ZH: "不需要处理", EN: "Nothing"}
)

// family stands for v2, v3 or v4 in codes that their verifiers share. (v3.1 has
// those of v3.)
const family = "*-sig-"

// apkTable is of what verifying an APK can find, the heaviest first.
var apkTable = [...]Entry{
	// The package was changed.
	{family + "apk-digest-did-not-verify", "", Text{"安装包在签名后被改动", "the package was changed after it was signed"}, signAnew},
	{"jar-sig-zip-entry-digest-did-not-verify", Info, Text{"包里有文件在签名后被改动", "a file of the package was changed after signing"}, signAnew},
	{"jar-sig-no-zip-entry-digest-in-manifest", "", Text{"包里有 v1 签名没有登记的文件，可能是签名后加入的", "there is a file that the v1 signature does not list; it may have been added after signing"}, signAnew},
	{"jar-sig-zip-entry-not-signed", "", Text{"包里有文件不在 v1 签名之内", "the v1 signature does not cover a file"}, signAnew},
	{"jar-sig-missing-zip-entry-referenced-in-manifest", "", Text{"v1 签名登记的文件不见了", "a file that the v1 signature lists is gone"}, signAnew},
	{"jar-sig-manifest-main-section-digest-did-not-verify", "", Text{"v1 签名的清单（MANIFEST.MF）在签名后被改动", "the manifest of the v1 signature (MANIFEST.MF) was changed after signing"}, signAnew},
	{"jar-sig-manifest-section-digest-did-not-verify", "", Text{"v1 签名的清单里有条目在签名后被改动", "an entry in the manifest of the v1 signature was changed after signing"}, signAnew},
	{"jar-sig-no-signed-zip-entries", "", Text{"v1 签名没有覆盖任何文件", "the v1 signature covers no file"}, signAnew},
	{"jar-sig-zip-entry-signers-mismatch", "", Text{"包里的文件由不同的签名者签名", "files of the package are signed by different signers"}, signAnew},
	{"jar-sig-duplicate-zip-entry", "", Text{"包里有两个同名文件", "two files of the package have one name"}, signAnew},
	{"content-digest-unchecked", Review, Text{"v3.1 签名里的摘要与安装包不符，较新的手机会拒绝安装", "the v3.1 signature states another digest than the package has, and newer devices refuse it"}, signAnew},

	// A signature was taken away.
	{family + "missing-apk-sig-referenced", "", Text{"签名里写明还有更新版本的签名，包里却没有，像是被人去掉了", "the signature says that there is a newer one, which the package does not have: somebody stripped it"}, signAnew},
	{"jar-sig-missing-apk-sig-referenced", "", Text{"v1 签名里写明还有更新版本的签名，包里却没有，像是被人去掉了", "the v1 signature says that there is a newer one, which the package does not have: somebody stripped it"}, signAnew},
	{"min-sig-scheme-for-target-sdk-not-met", "", Text{"目标版本是 API 30 以上的安装包至少要有 v2 签名，这个包没有", "a package that targets API 30 or newer needs a v2 signature, and this has none"}, signAnew},
	{"no-sig-for-target-sandbox-version", "", Text{"清单里的 targetSandboxVersion 要求 v2 签名，这个包没有", "the manifest's targetSandboxVersion needs a v2 signature, and there is none"}, signAnew},
	{"v2-sig-missing", "", Text{"v1 的签名者没有签 v2", "a v1 signer did not sign with v2"}, signAnew},
	{"jar-sig-missing", "", Text{"v2 的签名者没有签 v1", "a v2 signer did not sign with v1"}, signAnew},
	{"jar-sig-no-signatures", "", Text{"没有 v1 签名（安卓 7.0 以前的系统只认它）", "there is no v1 signature (versions before Android 7.0 know no other)"}, signAnew},
	{"jar-sig-no-manifest", "", Text{"没有 v1 签名的清单 META-INF/MANIFEST.MF（安卓 7.0 以前的系统只认 v1）", "there is no META-INF/MANIFEST.MF of a v1 signature (versions before Android 7.0 know no other)"}, signAnew},

	// The signature does not hold.
	{family + "did-not-verify", "", Text{"签名与它的公钥不符：被改动过，或是从别处搬来的", "the signature does not fit its public key: it was changed, or is another's"}, signAnew},
	{"jar-sig-did-not-verify", "", Text{"v1 签名与签名文件不符：被改动过，或是从别处搬来的", "the v1 signature does not fit the signature file: one of them was changed, or the signature is another's"}, signAnew},
	{family + "public-key-mismatch-between-certificate-and-signatures-record", "", Text{"证书里的公钥不是签名所用的公钥", "the certificate's public key is not the one that the signature was made with"}, signAnew},
	{family + "sig-alg-mismatch-between-signatures-and-digests-records", "", Text{"签名与摘要所列的算法不一致", "signatures and digests list different algorithms"}, signAnew},
	{family + "verify-exception", "", Text{"签名无法核对", "the signature can't be verified"}, signAnew},
	{"jar-sig-verify-exception", "", Text{"v1 签名无法核对", "the v1 signature can't be verified"}, signAnew},
	{family + "no-supported-signatures", "", Text{"签名的算法不受支持", "none of the signature's algorithms is supported"}, signAnew},
	{"jar-sig-unsupported-sig-alg", "", Text{"v1 签名的算法有的系统不支持", "some platform versions do not support the algorithm of the v1 signature"}, signAnew},
	{family + "no-signatures", "", Text{"签名者没有签名", "a signer made no signature"}, signAnew},
	{family + "no-signers", "", Text{"签名里没有签名者", "the signature has no signer"}, signAnew},
	{"jar-sig-no-signers", "", Text{"v1 签名里没有签名者", "the v1 signature has no signer"}, signAnew},
	{family + "no-certificates", "", Text{"签名里没有证书", "the signature has no certificate"}, signAnew},

	// Signers of the schemes.
	{"v3-sig-past-signers-mismatch", "", Text{"v3 的签名者与 v1、v2 的不同，又没有换钥证明", "the v3 signer is not that of v1 or v2, and no rotation is proved"}, rotateAnew},
	{"v3-sig-multiple-past-signers", "", Text{"v1、v2 有多个签名者，而 v3 只许一个", "v1 or v2 has several signers, where v3 allows one"}, signAnew},
	{"v3-sig-multiple-signers", "", Text{"v3 有多个签名者，又没有换钥证明", "there are several v3 signers, and no rotation is proved"}, rotateAnew},
	{"v2-sig-max-signatures-exceeded", "", Text{"v2 签名者太多", "there are too many v2 signers"}, signAnew},
	{"jar-sig-max-signatures-exceeded", "", Text{"v1 签名者太多", "there are too many v1 signers"}, signAnew},
	{family + "por-did-not-verify", "", Text{"换钥证明里有签名不成立", "a signature in the proof of rotation does not hold"}, rotateAnew},
	{family + "por-cert-mismatch", "", Text{"换钥证明不是到现在这个签名者的", "the proof of rotation does not lead to this signer"}, rotateAnew},
	{family + "malformed-lineage", "", Text{"换钥证明读不出来", "the proof of rotation can't be read"}, rotateAnew},
	{"v3-inconsistent-lineages", "", Text{"各段系统版本的换钥证明互相矛盾", "the proofs of rotation for different API levels contradict each other"}, rotateAnew},
	{"v3-inconsistent-sdk-versions", "", Text{"v3 签名者所管的系统版本不连续", "the API levels of the v3 signers are not continuous"}, signAnew},
	{"v3-missing-sdk-versions", "", Text{"v3 签名没有覆盖安装包支持的全部系统版本", "the v3 signers do not cover all API levels that the package supports"}, signAnew},
	{"v3-min-sdk-version-mismatch-between-signer-and-signed-data-record", "", Text{"v3 签名所管的最低系统版本前后不一", "the lowest API level of a v3 signer is not the one that it signed"}, signAnew},
	{"v3-max-sdk-version-mismatch-between-signer-and-signed-data-record", "", Text{"v3 签名所管的最高系统版本前后不一", "the highest API level of a v3 signer is not the one that it signed"}, signAnew},
	{family + "invalid-sdk-versions", "", Text{"签名所管的系统版本写错了", "the signer's API levels make no range"}, signAnew},
	{"v31-block-missing", "", Text{"签名写明从某个版本起换钥（v3.1），包里却没有 v3.1 签名", "keys are to rotate from some API level on (v3.1), and there is no v3.1 signature"}, signAnew},
	{"v31-block-found-without-v3-block", "", Text{"有 v3.1 签名却没有 v3 签名", "there is a v3.1 signature without a v3 signature"}, signAnew},
	{"v31-rotation-min-sdk-mismatch", "", Text{"v3 与 v3.1 写明的换钥版本不一致", "v3 and v3.1 state different API levels to rotate at"}, signAnew},

	// Its form.
	{family + "malformed-signers", "", Text{"签名的结构有误，读不出来", "the signature is malformed and can't be read"}, signAnew},
	{family + "malformed-signer", "", Text{"签名者的结构有误，读不出来", "a signer is malformed and can't be read"}, signAnew},
	{family + "malformed-signature", "", Text{"签名的记录有误，读不出来", "a record of the signature is malformed"}, signAnew},
	{family + "malformed-digest", "", Text{"摘要的记录有误，读不出来", "a record of the digests is malformed"}, signAnew},
	{family + "malformed-certificate", "", Text{"签名里的证书读不出来", "a certificate of the signature can't be read"}, signAnew},
	{family + "malformed-public-key", "", Text{"签名里的公钥读不出来", "the signature's public key can't be read"}, signAnew},
	{family + "malformed-additional-attribute", "", Text{"签名的附加属性读不出来", "an additional attribute of the signature can't be read"}, signAnew},
	{"jar-sig-parse-exception", "", Text{"v1 签名读不出来", "the v1 signature can't be read"}, signAnew},
	{"jar-sig-unnnamed-manifest-section", "", Text{"v1 清单里有条目没有名称", "an entry in the v1 manifest has no name"}, signAnew},
	{"jar-sig-duplicate-manifest-section", "", Text{"v1 清单里有重复的条目", "an entry stands twice in the v1 manifest"}, signAnew},
	{"jar-sig-unnnamed-sig-file-section", "", Text{"v1 签名文件里有条目没有名称", "an entry in the v1 signature file has no name"}, signAnew},
	{"jar-sig-duplicate-sig-file-section", "", Text{"v1 签名文件里有重复的条目", "an entry stands twice in the v1 signature file"}, signAnew},
	{"jar-sig-missing-version-attr-in-sig-file", "", Text{"v1 签名文件没有版本号", "the v1 signature file states no version"}, signAnew},
	{"jar-sig-no-zip-entry-digest-in-sig-file", "", Text{"v1 签名文件缺少某个文件的摘要", "the v1 signature file has no digest of some file"}, signAnew},

	// No answer: apksigner has none either.
	{"malformed-apk", "", Text{"文件不是完整的安装包，签名无从核对", "the file is no whole package, so its signature can't be verified"}, lookByHand},
	{"unexpected-exception", "", Text{"签名的数据违反格式，apksigner 也以异常告终", "the signature's data is against its format; apksigner stops with an exception"}, lookByHand},
	{"entry-too-large", "", Text{"签名相关的数据过大，没有核对", "what the signature needs is too large, and was not verified"}, lookByHand},
	{"verifier-panic", "", Text{"核对时程序出错，请报告", "the verifier failed, which is a fault of ours: please report it"}, lookByHand},
	{"more-problems", Info, Text{"还有更多问题，没有一一列出", "there are more problems than are listed"}, signAnew},

	// It holds, and there is more to say.
	{"other-signer", Review, Text{"包里还有没有签这个包的人的签名信息", "the package also carries signature data of somebody who did not sign it"}, signAnew},
	{"repeated-signature-block", Review, Text{"同一版本的签名在签名块里出现两次，只有第一个算数", "one scheme's signature stands twice in the signing block; the first one counts"}, signAnew},
	{"verity-padding-content", Review, Text{"签名块的填充里不全是零：里面藏了东西，或是一个被改了编号的签名", "the signing block's padding is not zeros: something hides there, or a signature whose id was changed"}, signAnew},
	{"signing-block-malformed", Review, Text{"签名块的最后一项读不出来，像是签名后被改过", "the last pair of the signing block can't be read, as if the block was changed after signing"}, signAnew},
	{"dex-before-zip", Review, Text{"压缩数据前面有可执行代码（DEX）", "executable code (DEX) stands before the archive"}, signAnew},
	{"data-before-zip", Advise, Text{"压缩数据前面有别的内容", "something stands before the archive"}, signAnew},
	{"comment-outside-signature", Advise, Text{"压缩包注释里写了内容，而 v1 签名不覆盖注释，谁都可以改它", "there is an archive comment, which the v1 signature leaves out and anybody may change"}, coverComment},
	{"verity-padding-misaligned", Advise, Text{"签名块没有填满整页：签名之后有工具改写过它", "the signing block fills no whole pages: some tool rewrote it after signing"}, signLast},
	{"v31-rotation-min-sdk-attr-missing", Info, Text{"v3 签名没有写明 v3.1 从哪个版本起换钥", "the v3 signature does not say from which API level v3.1 rotates"}, nothing},
	{"v31-rotation-targets-dev-release-attr-on-v3-signer", Info, Text{"v3 签名带有只属于 v3.1 的属性", "the v3 signature has an attribute that belongs to v3.1"}, nothing},
	{"jar-sig-no-apk-sig-strip-protection", Info, Text{"v1 签名没有写明还有更新版本的签名", "the v1 signature does not say that there are newer ones"}, nothing},
	{"jar-sig-unknown-apk-sig-scheme-id", Info, Text{"v1 签名提到不认识的签名版本", "the v1 signature speaks of an unknown scheme"}, nothing},
	{family + "unknown-apk-sig-scheme-id", Info, Text{"签名提到不认识的签名版本", "the signature speaks of an unknown scheme"}, nothing},
	{family + "unknown-additional-attribute", Info, Text{"签名带有不认识的附加属性", "the signature has an unknown additional attribute"}, nothing},
	{family + "unknown-sig-algorithm", Info, Text{"签名用了不认识的算法", "the signature has an unknown algorithm"}, nothing},
	{"jar-sig-no-manifest-digest-in-sig-file", Info, Text{"v1 签名文件没有整个清单的摘要，逐条核对", "the v1 signature file has no digest of the whole manifest; its entries were compared"}, nothing},
	{"jar-sig-missing-file", Info, Text{"v1 签名的两个文件缺了一个", "one of the two files of a v1 signature is missing"}, nothing},
	{"jar-sig-unprotected-zip-entry", Info, Text{"META-INF 里有不在 v1 签名之内的文件", "there is a file in META-INF that the v1 signature leaves out"}, nothing},

	// The source stamp.
	{"source-stamp-certificate-mismatch-between-signature-block-and-apk", Advise, Text{"印章的证书不是安装包里写明的那一张", "the stamp's certificate is not the one that the package names"}, stampAnew},
	{"source-stamp-did-not-verify", Advise, Text{"印章与安装包的签名不符：被改动过，或是从别处搬来的", "the stamp does not fit the package's signatures: one was changed, or the stamp is another's"}, stampAnew},
	{"source-stamp-sig-missing", Advise, Text{"安装包写明有印章，签名块里却没有", "the package names a stamp, which its signing block does not have"}, stampAnew},
	{"source-stamp-signature-block-without-cert-digest", Advise, Text{"签名块里有印章，安装包却没有写明印章的证书", "there is a stamp, and the package does not name the stamp's certificate"}, stampAnew},
	{"source-stamp-no-signature", Advise, Text{"印章没有覆盖安装包的全部签名", "the stamp does not cover every signature of the package"}, stampAnew},
	{"source-stamp-no-supported-signature", Advise, Text{"印章的算法不受支持", "none of the stamp's algorithms is supported"}, stampAnew},
	{"source-stamp-verify-exception", Advise, Text{"印章无法核对", "the stamp can't be verified"}, stampAnew},
	{"source-stamp-por-did-not-verify", Advise, Text{"印章的换钥证明里有签名不成立", "a signature in the stamp's proof of rotation does not hold"}, stampAnew},
	{"source-stamp-por-cert-mismatch", Advise, Text{"印章的换钥证明不是到印章证书的", "the stamp's proof of rotation does not lead to its certificate"}, stampAnew},
	{"source-stamp-malformed-lineage", Advise, Text{"印章的换钥证明读不出来", "the stamp's proof of rotation can't be read"}, stampAnew},
	{"source-stamp-malformed-signature", Advise, Text{"印章的结构有误，读不出来", "the stamp is malformed and can't be read"}, stampAnew},
	{"source-stamp-malformed-certificate", Advise, Text{"印章的证书读不出来", "the stamp's certificate can't be read"}, stampAnew},
	{"source-stamp-malformed-attribute", Advise, Text{"印章的属性读不出来", "an attribute of the stamp can't be read"}, stampAnew},
	{"source-stamp-invalid-timestamp", Advise, Text{"印章的时间写错了", "the stamp's time is none"}, stampAnew},

	// The v4 signature file.
	{"v4-sig-apk-root-did-not-verify", Advise, Text{"v4 签名文件不是这个安装包的：默克尔树的根不同", "the v4 signature file is not this package's: the root of its Merkle tree is another"}, idsigAnew},
	{"v4-sig-apk-tree-did-not-verify", Advise, Text{"v4 签名文件里的默克尔树不是这个安装包的", "the Merkle tree in the v4 signature file is not that of the package"}, idsigAnew},
	{"v4-sig-did-not-verify", Advise, Text{"v4 签名文件不是这个安装包的，或被改动过：签名不成立", "the v4 signature file is not this package's, or was changed: its signature does not hold"}, idsigAnew},
	{"v4-sig-v2-v3-signers-mismatch", Advise, Text{"v4 签名文件的签名者不是安装包的签名者", "the v4 signature file was not signed by the package's signer"}, idsigAnew},
	{"v4-sig-v2-v3-digests-mismatch", Advise, Text{"v4 签名文件里的摘要不是安装包签名里的", "the digest in the v4 signature file is not that of the package's signature"}, idsigAnew},
	{"v4-sig-multiple-signers", Advise, Text{"v4 签名只许一个签名者", "v4 allows one signer"}, idsigAnew},
	{"v41-sig-needs-two-signers", Advise, Text{"安装包有 v3.1 签名，v4 签名文件要有新旧两个签名者", "the package has a v3.1 signature, with which the v4 signature file needs both signers, the old and the new"}, idsigAnew},
	{"idsig-without-v2-v3", Advise, Text{"安装包没有 v2 或更新的签名，v4 签名文件无从对照", "the package has no signature of v2 or newer that a v4 signature file could go with"}, idsigAnew},
	{"idsig-package-not-verified", Advise, Text{"安装包自己的签名不成立，v4 签名文件说明不了什么", "the package's own signature does not hold, so the v4 signature file says nothing"}, signAnew},
	{"idsig-malformed", Advise, Text{"v4 签名文件读不出来，或不是 v4 签名文件", "the v4 signature file can't be read, or is none"}, idsigAnew},
	{"idsig-unusual-hashing", Advise, Text{"v4 签名文件的算法设置与众不同，设备可能不接受", "the v4 signature file hashes in an unusual way, which devices may refuse"}, idsigAnew},
	{"idsig-tree-cut", Advise, Text{"v4 签名文件不完整，默克尔树被截断", "the v4 signature file ends within its Merkle tree"}, idsigAnew},
	{"idsig-data-after-tree", Advise, Text{"v4 签名文件末尾有多余的内容", "there is something behind the tree in the v4 signature file"}, idsigAnew},
}

// blocks are what the pairs of a signing block are, by facts.SigningBlockEntry.Name.
var blocks = [...]struct {
	name  string
	means Text
}{
	{"v2", Text{"v2 签名", "v2 signature"}},
	{"v3", Text{"v3 签名", "v3 signature"}},
	{"v3.1", Text{"v3.1 签名", "v3.1 signature"}},
	{"source-stamp", Text{"来源印章", "source stamp"}},
	{"source-stamp-v1", Text{"第 1 版来源印章，已无人核验", "source stamp of version 1, which nobody verifies any more"}},
	{"verity-padding", Text{"填充", "padding"}},
	{"dependency-info", Text{"依赖清单（Android Gradle 插件，只有谷歌能解密）", "dependency list (Android Gradle plugin, for Google alone)"}},
	{"play-frosting", Text{"Google Play 附加信息", "Google Play's frosting"}},
	{"meituan-channel", Text{"渠道信息（美团 Walle）", "channel (Meituan's Walle)"}},
	{"vasdolly-channel", Text{"渠道信息（腾讯 VasDolly）", "channel (Tencent's VasDolly)"}},
	{"packer-ng-channel", Text{"渠道信息（packer-ng）", "channel (packer-ng)"}},
	{"zero", Text{"零填充（渠道工具所留）", "zeros, which a channel tool left"}},
}

// Block says what a pair of an APK's signing block is by its name; false where the
// name is none that is known.
func Block(name string) (Text, bool) {
	for _, b := range blocks {
		if b.name == name {
			return b.means, true
		}
	}
	return Text{}, false
}
