package filing

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"heyan/rules/box"
)

// word is one accepted value: its English id, the form's word, and other ways
// people write it.
type word struct {
	id      string
	zh      string
	aliases []string
}

func (w word) answers(folded string) bool {
	if fold(w.id) == folded || fold(w.zh) == folded {
		return true
	}
	for _, a := range w.aliases {
		if fold(a) == folded {
			return true
		}
	}
	return false
}

var kindWords = []word{
	{string(KindProvider), "提供者备案", []string{"提供者", "教育移动应用提供者备案"}},
	{string(KindSelfUse), "自研自用", []string{"自研应用备案", "自研应用", "自研", "selfuse"}},
}

var roundWords = []word{
	{string(RoundFirst), "首次备案", []string{"首次", "初次备案", "新增备案", "新增"}},
	{string(RoundChange), "变更备案", []string{"变更", "更新", "更新备案"}},
}

var platformWords = []word{
	{string(PlatformAndroid), "安卓", []string{"安卓端", "安卓版", "安卓平台", "Android端", "Android版", "安卓（Android）"}},
	{string(PlatformIOS), "IOS", []string{"IOS端", "IOS版", "IOS平台", "苹果", "苹果端", "iPhone", "苹果（iOS）"}},
}

var scopeWords = []word{
	{string(ScopePlatform), "本平台", []string{"单平台", "分平台", "仅本平台", "分平台填报"}},
	{string(ScopeShared), "两平台共用", []string{"共用", "共享", "双平台", "安卓和IOS共用", "两个平台共用"}},
}

var featureWords = []word{
	{string(FeatureForum), "论坛", nil},
	{string(FeaturePayment), "收费", []string{"付费"}},
	{string(FeatureLive), "直播", nil},
	{string(FeatureTutoring), "中小学学科培训", []string{"学科培训"}},
}

var boolWords = []word{
	{"true", "是", []string{"yes", "y", "有", "1", "on", "√"}},
	{"false", "否", []string{"no", "n", "无", "没有", "0", "off", "×", "不是"}},
}

// noneWords say that a list was answered, and with nothing.
var noneWords = []string{"无", "none", "没有", "未勾选", "不获取", "全部未勾选", "均未勾选", "都没有"}

// boxAliases are short forms that can mean one box alone.
var boxAliases = map[box.Box][]string{
	box.Camera:         {"摄像头", "使用摄像头"},
	box.RecordAudio:    {"录音"},
	box.SendMMS:        {"彩信", "mms"},
	box.Location:       {"位置信息", "获取位置信息"},
	box.CallForwarding: {"呼叫转移"},
	box.ReadAppData:    {"应用数据"},
	box.BrowserHistory: {"浏览器上网记录", "上网记录", "读取浏览器上网记录"},
	box.InstalledApps:  {"已安装应用列表", "获取已安装应用列表", "应用列表"},
	box.Other:          {"其他"},
}

// boxWords lists the boxes in the order of the form.
func boxWords() []word {
	words := make([]word, 0, len(box.All))
	for _, b := range box.All {
		zh, en := b.Label()
		words = append(words, word{string(b), zh, append([]string{en}, boxAliases[b]...)})
	}
	return words
}

// find returns the id of the word that s means.
func find(words []word, s string) (id string, ok bool) {
	folded := fold(s)
	for _, w := range words {
		if w.answers(folded) {
			return w.id, true
		}
	}
	return "", false
}

func meansNone(s string) bool {
	folded := fold(s)
	for _, w := range noneWords {
		if folded == fold(w) {
			return true
		}
	}
	return false
}

// fold keeps what tells words apart: letters and digits, width and case folded.
// Blanks, stars, dots and brackets of the form's print are dropped; signs that
// stand for a whole answer (√, ×) are kept.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '√' || r == '×' {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
