package filing

// Ids of the form's fields, as they stand in a filing and in its JSON.
const (
	FieldKind                = "kind"
	FieldRound               = "round"
	FieldPlatform            = "platform"
	FieldAppName             = "app_name"
	FieldShortName           = "short_name"
	FieldProvider            = "provider"
	FieldVersion             = "version"
	FieldMD5                 = "md5"
	FieldPermissions         = "permissions"
	FieldPermissionsText     = "permissions_text"
	FieldPermissionScope     = "permission_scope"
	FieldFeatures            = "features"
	FieldPackageID           = "package_id"
	FieldCertificateDigest   = "certificate_digest"
	FieldPublicKey           = "public_key"
	FieldSecurityCertificate = "security_certificate"
	FieldFilingNumber        = "filing_number"
	FieldPreinstalled        = "preinstalled"
)

// field is one field of the form: its words, and where its value goes.
type field struct {
	word
	starred bool // required by the form
	// text is set for fields of free text, one for those of one word of a list.
	text func(*Filing) *string
	one  func(*Filing, string)
	of   []word
}

// fields are in the order of the form.
var fields = [...]field{
	{word: word{FieldKind, "备案类型", []string{"备案类别", "备案种类"}},
		one: func(f *Filing, id string) { f.Kind = Kind(id) }, of: kindWords},
	{word: word{FieldRound, "备案轮次", []string{"备案阶段", "首次或变更", "是否变更备案"}},
		one: func(f *Filing, id string) { f.Round = Round(id) }, of: roundWords},
	{word: word{FieldPlatform, "应用平台", []string{"平台", "操作系统"}}, starred: true,
		one: func(f *Filing, id string) { f.Platform = Platform(id) }, of: platformWords},
	{word: word{FieldAppName, "应用名称", []string{"自研应用名称", "APP名称", "名称", "name"}},
		text: func(f *Filing) *string { return &f.AppName }},
	{word: word{FieldShortName, "应用简称", []string{"自研应用简称", "APP简称", "简称"}},
		text: func(f *Filing) *string { return &f.ShortName }},
	{word: word{FieldProvider, "提供者名称", []string{"单位名称", "企业名称", "提供者", "开发者名称", "主办单位"}},
		text: func(f *Filing) *string { return &f.Provider }},
	{word: word{FieldVersion, "应用版本号", []string{"版本号", "版本", "应用版本", "APP版本号"}}, starred: true,
		text: func(f *Filing) *string { return &f.Version }},
	{word: word{FieldMD5, "安装包MD5码", []string{"MD5码", "安装包MD5", "安装包MD5值", "MD5值"}}, starred: true,
		text: func(f *Filing) *string { return &f.MD5 }},
	{word: word{FieldPermissions, "应用权限", []string{"权限", "获取权限"}}, starred: true},
	{word: word{FieldPermissionsText, "权限说明", []string{"应用权限说明", "权限文字说明"}},
		text: func(f *Filing) *string { return &f.PermissionsText }},
	{word: word{FieldPermissionScope, "权限填报范围", []string{"权限范围"}},
		one: func(f *Filing, id string) { f.PermissionScope = Scope(id) }, of: scopeWords},
	{word: word{FieldFeatures, "是否具有以下功能", []string{"功能", "具有功能", "是否具有功能", "应用功能"}}},
	{word: word{FieldPackageID, "包名", []string{"应用包名", "Bundle ID", "BundleIdentifier", "包名（Bundle ID）", "包名/Bundle ID", "package", "package name"}},
		text: func(f *Filing) *string { return &f.PackageID }},
	{word: word{FieldCertificateDigest, "签名指纹", []string{"签名MD5值", "签名MD5", "证书指纹", "证书MD5", "证书MD5值", "签名SHA1", "证书SHA1", "证书SHA-1指纹"}},
		text: func(f *Filing) *string { return &f.CertificateDigest }},
	{word: word{FieldPublicKey, "平台公钥", []string{"公钥", "应用公钥"}},
		text: func(f *Filing) *string { return &f.PublicKey }},
	{word: word{FieldSecurityCertificate, "安全认证号", []string{"APP安全认证号", "安全认证证书号"}},
		text: func(f *Filing) *string { return &f.SecurityCertificate }},
	{word: word{FieldFilingNumber, "教育备案号", []string{"备案号", "教APP备案号", "教APP备", "备案编号"}},
		text: func(f *Filing) *string { return &f.FilingNumber }},
	{word: word{FieldPreinstalled, "是否预装", []string{"预装", "预装应用", "系统预装"}},
		one: func(f *Filing, id string) { f.Preinstalled = id == "true" }, of: boolWords},
}

// eitherField is a word that the provider form uses for a list of boxes in one
// province and for free text in another; what is written under it decides.
const eitherField = "获取的权限"

func fieldByID(id string) *field {
	for i := range fields {
		if fields[i].id == id {
			return &fields[i]
		}
	}
	return nil
}

func fieldByWord(s string) *field {
	folded := fold(s)
	for i := range fields {
		if fields[i].answers(folded) {
			return &fields[i]
		}
	}
	return nil
}

func fieldWords() []word {
	words := make([]word, len(fields))
	for i := range fields {
		words[i] = fields[i].word
	}
	return words
}
