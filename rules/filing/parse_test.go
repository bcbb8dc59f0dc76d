package filing

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/rules/box"
)

// with is a filing as Parse gives it, changed by edit.
func with(edit func(*Filing)) *Filing {
	f := &Filing{Kind: KindProvider, Round: RoundFirst, PermissionScope: ScopePlatform}
	if edit != nil {
		edit(f)
	}
	return f
}

func TestParse(t *testing.T) {
	t.Parallel()
	full := with(func(f *Filing) {
		f.Kind, f.Round, f.Platform = KindSelfUse, RoundChange, PlatformAndroid
		f.AppName, f.ShortName, f.Version = "智慧课堂", "课堂", "1.10"
		f.MD5 = "9e107d9d372bb6826bd81d3542a419d6"
		f.Permissions = []box.Box{box.SMS, box.SendMMS, box.Other}
		f.PermissionsText, f.PermissionScope = "短信用于验证", ScopeShared
		f.Features = []Feature{FeatureForum, FeatureLive}
		f.PackageID, f.CertificateDigest, f.PublicKey = "cn.example.app", "aa:bb", "00c0ffee"
		f.SecurityCertificate, f.FilingNumber, f.Preinstalled = "CCRC-1", "教APP备3100012号", true
	})
	tests := []struct {
		name string
		in   string
		want *Filing
	}{
		{"chinese", `
备案类型: 自研自用
备案轮次: 变更备案
应用平台: 安卓
应用名称: 智慧课堂
应用简称: 课堂
应用版本号: 1.10
安装包MD5码: 9e107d9d372bb6826bd81d3542a419d6
应用权限: [其它, 短信, 发送彩信]
权限说明: 短信用于验证
权限填报范围: 两平台共用
是否具有以下功能: [直播, 论坛]
包名: cn.example.app
签名指纹: "aa:bb"
平台公钥: 00c0ffee
安全认证号: CCRC-1
教育备案号: 教APP备3100012号
是否预装: 是
`, full},
		{"english", `
kind: self-use
round: change
platform: Android
app_name: 智慧课堂
short_name: 课堂
version: 1.10
md5: 9e107d9d372bb6826bd81d3542a419d6
permissions: [sms, send_mms, other]
permissions_text: 短信用于验证
permission_scope: shared
features: [forum, live]
package_id: cn.example.app
certificate_digest: aa:bb
public_key: 00c0ffee
security_certificate: CCRC-1
filing_number: 教APP备3100012号
preinstalled: true
`, full},
		{"json", `	{"platform": "\u5b89\u5353", "version": 1.10, "md5": 1e10, "应用权限": ["短信"], "app_name": "\ud83d\ude00", "short_name": null}`,
			with(func(f *Filing) {
				f.Platform, f.Version, f.MD5, f.AppName = PlatformAndroid, "1.10", "1e10", "😀"
				f.Permissions = []box.Box{box.SMS}
			})},
		{"flow yaml", `{platform: ios端, version: 2.0}`, with(func(f *Filing) { f.Platform, f.Version = PlatformIOS, "2.0" })},
		{"byte order mark and CRLF", "\ufeffplatform: IOS\r\nversion: 1.0\r\n", with(func(f *Filing) { f.Platform, f.Version = PlatformIOS, "1.0" })},
		{"stars, blanks, width", "应用平台*: ＩＯＳ\n应用版本号 ＊: ' 3.2 '\n", with(func(f *Filing) { f.Platform, f.Version = PlatformIOS, "3.2" })},
		{"empty object", "{}", with(nil)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("filing differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Everything YAML would read as something else stays the text that was written.
func TestParseKeepsText(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"1.10", "1.0", "010", "0x1F", "0o17", "1e10", "12345678901234567890123456789012", "00000000000000000000000000001234",
		"1_000", "2020-01-07", "2020-01-07T00:00:00Z", "yes", "no", "on", "true", "NaN", ".inf", "-1", "+5", "1:30", "9e107d9d372bb6826bd81d3542a419d6",
		"v1.2", "１．２", "1.2.3(45)", "50e00000000000000000000000000001",
	} {
		got, err := Parse([]byte("version: " + s + "\nmd5: " + s))
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if got.Version != s || got.MD5 != s {
			t.Errorf("version %q, md5 %q, want %q", got.Version, got.MD5, s)
		}
	}
	for _, s := range []string{"", "~", "null", "Null", "''", "\"\"", "' '"} {
		got, err := Parse([]byte("platform: ios\nversion: " + s))
		if err != nil || got.Version != "" {
			t.Errorf("version %q: %+v, %v: want it as not filed", s, got, err)
		}
	}
}

func TestParsePermissions(t *testing.T) {
	t.Parallel()
	none := []box.Box{}
	tests := []struct {
		in   string
		want []box.Box
		text string
	}{
		{in: "version: 1"},
		{in: "permissions:"},
		{in: "permissions: ''"},
		{in: "permissions: []", want: none},
		{in: "permissions: 无", want: none},
		{in: "permissions: none", want: none},
		{in: "应用权限: [无]", want: none},
		{in: "应用权限: 短信", want: []box.Box{box.SMS}},
		{in: "应用权限: 电话、短信，调用摄像头", want: []box.Box{box.SMS, box.Phone, box.Camera}},
		{in: "应用权限:\n- 获取浏览器上网记录\n- 读取应用数据", want: []box.Box{box.ReadAppData, box.BrowserHistory}},
		{in: "permissions: [Installed_Apps, Send MMS, CallForwarding]", want: []box.Box{box.SendMMS, box.CallForwarding, box.InstalledApps}},
		{in: "permissions:\n- 短信\n- sms", want: []box.Box{box.SMS}},
		{in: "获取的权限: [短信]", want: []box.Box{box.SMS}},
		{in: "获取的权限: 短信、其它", want: []box.Box{box.SMS, box.Other}},
		{in: "获取的权限: 无", want: none},
		{in: "获取的权限: 访问相机用于扫码", text: "访问相机用于扫码"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got, err := Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Permissions); diff != "" || got.PermissionsText != tt.text {
				t.Errorf("text %q, boxes (-want +got):\n%s", got.PermissionsText, diff)
			}
		})
	}
}

func TestParseEveryWord(t *testing.T) {
	t.Parallel()
	for _, fd := range fields {
		for _, w := range fd.of {
			for _, s := range append([]string{w.id, w.zh, strings.ToUpper(w.id), w.zh + " "}, w.aliases...) {
				f, err := Parse([]byte(fd.zh + `: "` + s + `"`))
				if err != nil {
					t.Errorf("%s: %q: %v", fd.id, s, err)
				} else if got := f.chosen(fd.id); got != w.id {
					t.Errorf("%s: %q read as %q, want %q", fd.id, s, got, w.id)
				}
			}
		}
		for _, key := range append([]string{fd.id, fd.zh, fd.id + " *"}, fd.aliases...) {
			if got := fieldByWord(key); got == nil || got.id != fd.id {
				t.Errorf("key %q is not read as %s", key, fd.id)
			}
		}
	}
	seen := map[string]string{}
	for _, fd := range fields {
		for _, s := range append([]string{fd.id, fd.zh}, fd.aliases...) {
			if other, ok := seen[fold(s)]; ok && other != fd.id {
				t.Errorf("%q names both %s and %s", s, other, fd.id)
			}
			seen[fold(s)] = fd.id
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	type want struct {
		line   int
		zh, en string
	}
	tests := []struct {
		name string
		in   string
		want []want
	}{
		{"unknown key", "platform: ios\nverson: 1.0", []want{{2, "是不是“应用版本号”", `did you mean "version"?`[:22]}}},
		{"unknown chinese key", "应用版本名: 1.0", []want{{1, "是不是“应用版本号”", "accepted: kind (备案类型), round"}}},
		{"unknown word", "platform: windows", []want{{1, "可填：安卓、IOS", "accepted: android (安卓), ios (IOS)"}}},
		{"misspelt box", "permissions: [短信, 调用摄象头]", []want{{1, "是不是“调用摄像头”", `"camera"`}}},
		{"repeated key", "platform: ios\n应用平台: 安卓", []want{{2, "重复填写，第 1 行", "line 1"}}},
		{"none among others", "permissions: [无, 短信]", []want{{1, "不能填“无”", `can't be`}}},
		{"list for a text", "version: [1, 2]", []want{{1, "只能填一个值", "one value"}}},
		{"mapping for boxes", "permissions: {短信: 是}", []want{{1, "列表", "list"}}},
		{"nested list", "permissions: [[短信]]", []want{{1, "一个值", "one value"}}},
		{"alias", "version: &a 1\nmd5: *a", []want{{1, "锚点", "anchors"}, {2, "锚点", "anchors"}}},
		{"merge key", "base: &b {version: 1}\n<<: *b", []want{{1, "锚点", "anchors"}, {2, "锚点", "anchors"}}},
		{"tag", "version: !!float 1.10", []want{{1, "标签", "tags"}}},
		{"binary", "version: !!binary aGk=", []want{{1, "标签", "tags"}}},
		{"several, by line", "a1: 1\nplatform: x\nb2: 3", []want{{1, "没有“a1”", `"a1"`}, {2, "不能填“x”", `"x"`}, {3, "没有“b2”", `"b2"`}}},
		{"not YAML", "platform: ios\n\tversion: : 1", []want{{2, "不是有效的", "not valid"}}},
		{"two documents", "version: 1\n---\nversion: 2", []want{{0, "document", "document"}}},
		{"list", "- 1", []want{{1, "字段", "field"}}},
		{"scalar", "hello", []want{{1, "字段", "field"}}},
		{"empty", "", []want{{0, "没有任何字段", "no fields"}}},
		{"comments alone", "# nothing\n", []want{{0, "没有任何字段", "no fields"}}},
		{"GBK", "\xd3\xa6\xd3\xc3: 1", []want{{0, "UTF-8", "UTF-8"}}},
		{"too big", strings.Repeat(" ", MaxSize+1), []want{{0, "256 KiB", "256 KiB"}}},
		{"long value", "version: " + strings.Repeat("1", maxText+1), []want{{1, "过长", "too long"}}},
		{"endless list", "permissions:\n" + strings.Repeat("- sms\n", 1000), []want{{2, "太多", "too many"}}},
		{"deep", strings.Repeat("[", 5000), []want{{0, "", ""}}},
		{"deep JSON", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), []want{{0, "nested too deep", "nested too deep"}}},
		{"JSON lines", "{\n\"platform\": \"ios\",\n\"platform\": \"ios\"\n}", []want{{3, "第 2 行", "line 2"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(tt.in))
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("error = %v, want a ParseError", err)
			}
			if len(pe.Problems) != len(tt.want) {
				t.Fatalf("%d problems, want %d:\n%v", len(pe.Problems), len(tt.want), err)
			}
			for i, w := range tt.want {
				p := pe.Problems[i]
				if (w.line != 0 && p.Line != w.line) || !strings.Contains(p.Message.ZH, w.zh) || !strings.Contains(p.Message.EN, w.en) {
					t.Errorf("problem %d = %+v, want line %d, %q, %q", i, p, w.line, w.zh, w.en)
				}
			}
		})
	}
}

func TestParseBoundsProblems(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	_, err := Parse([]byte(b.String()))
	var pe *ParseError
	if !errors.As(err, &pe) || len(pe.Problems) != maxProblems+1 {
		t.Fatalf("error = %v, want %d problems", err, maxProblems+1)
	}
	if !strings.Contains(pe.In("zh"), "其余未列出") {
		t.Error("the report does not say that problems were left out")
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	a, err := Parse([]byte("应用平台: 安卓\n应用权限: [电话, 短信]\n"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse([]byte(`{"permissions": ["sms", "phone"], "platform": "android"}`))
	if err != nil {
		t.Fatal(err)
	}
	if a.Digest() != b.Digest() || len(a.Digest()) != len("sha256:")+64 {
		t.Errorf("digests %s and %s of equal filings", a.Digest(), b.Digest())
	}
	absent, none := with(nil), with(func(f *Filing) { f.Permissions = []box.Box{} })
	if absent.Digest() == none.Digest() {
		t.Error("no tick and no field have one digest")
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/filing-zh.yaml", "testdata/filing-en.json"} {
		seed, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	for _, s := range []string{"a: &a [*a]", "<<: {version: 1}", "permissions: 无", "version: 1.10\n? [a]\n: b", "\ufeff{}", "{\"a\":[[[]]]}", "获取的权限: x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Parse(data)
		again, errAgain := Parse(data)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Fatalf("errors differ: %v, %v", err, errAgain)
		}
		if err != nil {
			var pe *ParseError
			if !errors.As(err, &pe) || len(pe.Problems) == 0 || len(pe.Problems) > maxProblems+1 {
				t.Fatalf("error %v", err)
			}
			return
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("two readings differ:\n%s", diff)
		}
		for _, lang := range []string{"zh", "en"} {
			back, err := Parse(Render(got, Notes{Head: []string{string(data)}}, lang))
			if err != nil {
				t.Fatalf("rendered filing does not parse: %v\n%s", err, Render(got, Notes{}, lang))
			}
			if back.Digest() != got.Digest() {
				t.Fatalf("rendered filing differs:\n%s", cmp.Diff(got, back))
			}
		}
	})
}
