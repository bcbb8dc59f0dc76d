package finding

// What to do, where several findings call for the same.
var (
	exportAnew = Text{
		ZH: "请从源代码重新构建，在 Xcode 的 Organizer 里用 Distribute App 导出 IPA，导出后不要再改动",
		EN: "Build it anew from source, export the IPA with Distribute App in Xcode's Organizer and change nothing afterwards",
	}
	embedAndSign = Text{
		ZH: "请在 Xcode 里把这个扩展或库设为 Embed & Sign，重新导出",
		EN: "Set the extension or library to Embed & Sign in Xcode and export the app anew",
	}
	fittingProfile = Text{
		ZH: "请在苹果开发者网站下载与应用、证书相符的描述文件，重新导出",
		EN: "Download the profile that fits the app and the certificate from Apple's developer site and export the app anew",
	}
	withoutEdits = Text{
		ZH: "不要在签名后修改、增删包里的文件；改动请在签名之前做，再重新导出",
		EN: "Don't change, add or remove files after signing; make the change before and export the app anew",
	}
)

// table, the heaviest first.
var table = [...]Entry{
	// Nobody's, or another's.
	{"unsigned", "", Text{"程序没有代码签名", "the code is not signed at all"}, exportAnew},
	{"page-decrypted", "", Text{"程序是从 App Store 取得后解密的，已不是苹果签发的内容", "the code came from the App Store and was decrypted since, so that it is no longer what Apple signed"},
		Text{"请提交自己用 Xcode 导出的 IPA，不要提交从手机上取出或网上下载的包", "Submit the IPA that you exported with Xcode, not one taken from a phone or downloaded somewhere"}},
	{"page-altered", "", Text{"程序代码在签名后被改动", "the code was changed after it was signed"}, exportAnew},
	{"cms-invalid", "", Text{"签名与程序不符：签名后被改动，或签名是从别处搬来的", "the signature does not fit the code: one of them was changed, or the signature is another's"}, exportAnew},
	{"cms-missing", "", Text{"签名里没有签名者", "the signature names no signer"}, exportAnew},
	{"cdhash-attribute", "", Text{"签名者签的是另一份代码目录，程序的目录被替换过", "the signer signed another code directory: this one was swapped in"}, exportAnew},
	{"alternate-unbound", "", Text{"程序另有一份没有被签名覆盖的代码目录，可能是后放进去的", "there is a second code directory that the signature does not cover; anybody may have put it there"}, exportAnew},
	{"chain-broken", "", Text{"签名证书通向苹果根证书的链不成立", "the certificate's chain to Apple does not hold"}, exportAnew},

	// Files of the bundle.
	{"resource-altered", "", Text{"包里有文件在签名后被改动", "files of the app were changed after signing"}, withoutEdits},
	{"resource-added", "", Text{"包里有签名后加进去的文件", "files were added after signing"}, withoutEdits},
	{"resource-missing", "", Text{"包里缺少签名时有的文件", "files are missing that were there when it was signed"}, withoutEdits},
	{"info-plist-altered", "", Text{"Info.plist 在签名后被改动", "Info.plist was changed after signing"}, withoutEdits},
	{"info-plist-missing", "", Text{"签名覆盖的 Info.plist 不见了", "the Info.plist that the signature covers is gone"}, withoutEdits},
	{"info-plist-unbound", "", Text{"签名没有覆盖 Info.plist，谁都可以改它", "the signature does not cover Info.plist, which anybody may have changed"}, exportAnew},
	{"resources-altered", "", Text{"资源封条（CodeResources）在签名后被改动", "the seal over the app's files (CodeResources) was changed after signing"}, withoutEdits},
	{"resources-missing", "", Text{"资源封条（CodeResources）不见了", "the seal over the app's files (CodeResources) is gone"}, withoutEdits},
	{"resources-unbound", "", Text{"签名没有覆盖资源封条（CodeResources），谁都可以改它", "the signature does not cover the seal over the app's files (CodeResources), which anybody may have changed"}, exportAnew},
	{"seal-malformed", "", Text{"资源封条（CodeResources）读不出来", "the seal over the app's files (CodeResources) can't be read"}, exportAnew},
	{"seal-rule-invalid", "", Text{"资源封条的规则写错了", "a rule of the seal over the app's files is malformed"}, exportAnew},

	// Code inside the app.
	{"nested-unsigned", "", Text{"应用内的扩展或库没有签名", "an extension or library inside the app is not signed"}, embedAndSign},
	{"nested-broken", "", Text{"应用内的扩展或库签名无效", "the signature of an extension or library inside the app does not hold"}, embedAndSign},
	{"nested-not-apple", "", Text{"应用内的扩展或库不是用苹果颁发的证书签的名", "an extension or library inside the app is not signed with a certificate of Apple's"}, embedAndSign},
	{"slices-signers-differ", "", Text{"同一个程序里的各架构由不同的证书签名", "the architectures of one executable are signed by different certificates"}, exportAnew},
	{"team-differs", "", Text{"签名、证书、描述文件和扩展不属于同一个开发者团队", "signature, certificate, profile and extensions are not of one team"}, exportAnew},

	// The profile, and what it allows.
	{"profile-not-apple", "", Text{"描述文件不是苹果签发的", "Apple did not issue the provisioning profile"}, fittingProfile},
	{"profile-altered", "", Text{"描述文件在苹果签发后被改动", "the provisioning profile was changed after Apple issued it"}, fittingProfile},
	{"profile-malformed", "", Text{"描述文件读不出来", "the provisioning profile can't be read"}, fittingProfile},
	{"profile-missing", "", Text{"由开发者签名却没有描述文件，设备不会安装", "a developer signed it and there is no provisioning profile; no device installs that"}, fittingProfile},
	{"certificate-not-in-profile", "", Text{"签名证书不在描述文件里，设备不会安装", "the signing certificate is not in the provisioning profile; no device installs that"}, fittingProfile},
	{"application-identifier", "", Text{"签名里的应用标识与描述文件或 Bundle ID 不符", "the application-identifier in the signature is not that of the profile or the bundle id"}, fittingProfile},
	{"entitlement-not-granted", "", Text{"签名里有描述文件没有准许的授权项", "the signature claims an entitlement that the profile does not grant"}, fittingProfile},

	// What else the signature covers.
	{"entitlements-differ", "", Text{"授权项的两种写法（XML 与 DER）不一致，新旧系统看到的权限不同", "the two forms of the entitlements (XML and DER) differ, so that old and new systems see different ones"}, exportAnew},
	{"entitlements-altered", "", Text{"授权项在签名后被改动", "the entitlements were changed after signing"}, exportAnew},
	{"entitlements-missing", "", Text{"签名覆盖的授权项不见了", "the entitlements that the signature covers are gone"}, exportAnew},
	{"entitlements-unbound", "", Text{"签名没有覆盖授权项，谁都可以改它", "the signature does not cover the entitlements, which anybody may have changed"}, exportAnew},
	{"entitlements-malformed", "", Text{"授权项读不出来", "the entitlements can't be read"}, exportAnew},
	{"entitlements-der-altered", "", Text{"DER 写法的授权项在签名后被改动", "the entitlements in DER were changed after signing"}, exportAnew},
	{"entitlements-der-missing", "", Text{"签名覆盖的 DER 授权项不见了", "the entitlements in DER that the signature covers are gone"}, exportAnew},
	{"entitlements-der-unbound", "", Text{"签名没有覆盖 DER 写法的授权项，谁都可以改它", "the signature does not cover the entitlements in DER, which anybody may have changed"}, exportAnew},
	{"requirement-failed", "", Text{"程序不符合自己声明的签名要求，系统会当作另一个应用", "the code does not meet its own designated requirement; systems take it for another app"}, exportAnew},
	{"requirement-invalid", "", Text{"签名要求读不出来", "the designated requirement can't be read"}, exportAnew},
	{"requirements-altered", "", Text{"签名要求在签名后被改动", "the designated requirements were changed after signing"}, exportAnew},
	{"requirements-missing", "", Text{"签名覆盖的签名要求不见了", "the designated requirements that the signature covers are gone"}, exportAnew},
	{"requirements-unbound", "", Text{"签名没有覆盖签名要求，谁都可以改它", "the signature does not cover the designated requirements, which anybody may have changed"}, exportAnew},
	{"launch-constraint-altered", "", Text{"启动限制在签名后被改动", "a launch constraint was changed after signing"}, exportAnew},
	{"launch-constraint-missing", "", Text{"签名覆盖的启动限制不见了", "a launch constraint that the signature covers is gone"}, exportAnew},
	{"launch-constraint-unbound", "", Text{"签名没有覆盖启动限制，谁都可以改它", "the signature does not cover a launch constraint, which anybody may have changed"}, exportAnew},

	// Its form.
	{"code-limit", "", Text{"签名没有覆盖程序的全部内容，或签名之后还有内容", "the signature does not cover all of the code, or there is something behind it"}, exportAnew},
	{"directories-disagree", "", Text{"签名里的几份代码目录互相矛盾", "the code directories of one signature contradict each other"}, exportAnew},
	{"signature-malformed", "", Text{"代码签名的结构有误，读不出来", "the code signature is malformed"}, exportAnew},
	{"cms-malformed", "", Text{"签名消息（CMS）的结构有误，读不出来", "the signature's message (CMS) is malformed"}, exportAnew},
	{"signature-unsupported", "", Text{"代码签名的版本不受支持", "the code signature is of an unsupported version"}, exportAnew},

	// No reason to refuse it.
	{"chain-untrusted", Info, Text{"签名证书不是苹果颁发的", "Apple did not issue the signing certificate"}, exportAnew},
	{"resigned-extension", Review, Text{"扩展带着主应用的应用标识，像是用重签名工具处理过", "an extension carries the app's own application-identifier, as a tool for re-signing leaves it"},
		Text{"请说明安装包的来源；由审核人员确认是开发者自己导出的包", "Say where the package comes from; a reviewer makes sure that the developer exported it"}},
	{"signed-outside-validity", Advise, Text{"签名时间不在证书的有效期内", "it was signed outside the validity of its certificate"},
		Text{"请校准签名用的电脑的时间，用有效的证书重新签名", "Set the clock of the computer that signs, and sign anew with a certificate that is valid"}},
	{"seal-rule-omits", Advise, Text{"资源封条另设规则，放过了部分文件，这些文件被改动也看不出来", "the seal's own rules leave files out, whose changes can't be seen"}, exportAnew},
	{"seal-version-1", Advise, Text{"资源封条只有旧版（第 1 版）", "the seal over the app's files is of the old version 1 alone"}, exportAnew},
	{"requirement-unexamined", Info, Text{"签名要求里有没有核对的条件", "the designated requirement has a condition that was not examined"},
		Text{"不需要处理", "Nothing"}},
	{"architecture-simulator", Info, Text{"程序里带着模拟器用的代码", "there is code for the simulator in it"},
		Text{"请改用 XCFramework，或在导出前去掉 x86_64、i386 部分", "Use XCFrameworks, or strip x86_64 and i386 before exporting"}},
}
