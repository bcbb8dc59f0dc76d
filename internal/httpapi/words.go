package httpapi

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2/validation"
)

// phrases pairs the messages of huma's validation with their Chinese. A %s in the
// Chinese stands for what the message says in the same place.
func phrases() [][2]string {
	return [][2]string{
		{validation.MsgUnexpectedProperty, "没有这个字段，请删去或检查拼写"},
		{"unknown query parameter", "没有这个查询参数，请删去或检查拼写"},
		{"required %v parameter is missing", "缺少必需的参数"},
		{"request body is required", "缺少请求正文"},
		{validation.MsgExpectedRFC3339DateTime, "应为 RFC 3339 时间，例如 2026-11-21T08:00:00Z"},
		{"invalid date/time for format %v", "应为 RFC 3339 时间，例如 2026-11-21T08:00:00Z"},
		{validation.MsgExpectedRFC3339Date, "应为日期，例如 2026-11-21"},
		{validation.MsgExpectedRFC3986URI, "应为网址：%s"},
		{validation.MsgExpectedMatchExactlyOneSchema, "类型不符"},
		{validation.MsgExpectedMatchAtLeastOneSchema, "类型不符"},
		{validation.MsgExpectedBoolean, "应为 true 或 false"},
		{"invalid boolean", "应为 true 或 false"},
		{validation.MsgExpectedNumber, "应为数字"},
		{"invalid float", "应为数字"},
		{validation.MsgExpectedInteger, "应为整数"},
		{"invalid integer", "应为整数"},
		{validation.MsgExpectedString, "应为字符串"},
		{validation.MsgExpectedArray, "应为数组"},
		{validation.MsgExpectedObject, "应为对象"},
		{validation.MsgExpectedArrayItemsUnique, "数组中有重复的项"},
		{validation.MsgExpectedOneOf, "应为其中之一：%s"},
		{validation.MsgExpectedConst, "应为 %s"},
		{validation.MsgExpectedMinimumNumber, "应不小于 %s"},
		{validation.MsgExpectedMaximumNumber, "应不大于 %s"},
		{validation.MsgExpectedMinLength, "长度应不小于 %s"},
		{validation.MsgExpectedMaxLength, "长度应不大于 %s"},
		{validation.MsgExpectedMatchPattern, "格式应为 %s"},
		{validation.MsgExpectedMinItems, "至少应有 %s 项"},
		{validation.MsgExpectedMaxItems, "至多 %s 项"},
		{validation.MsgExpectedRequiredProperty, "缺少字段 %s"},
	}
}

type phrase struct {
	pattern *regexp.Regexp
	zh      string
}

// verb is a place in a message.
var verb = regexp.MustCompile(`%[a-z]`)

var compiledPhrases = sync.OnceValue(func() []phrase {
	var list []phrase
	for _, p := range phrases() {
		var b strings.Builder
		rest := p[0]
		for {
			loc := verb.FindStringIndex(rest)
			if loc == nil {
				break
			}
			b.WriteString(regexp.QuoteMeta(rest[:loc[0]]) + "(.*)")
			rest = rest[loc[1]:]
		}
		list = append(list, phrase{regexp.MustCompile("^(?s:" + b.String() + regexp.QuoteMeta(rest) + ")$"), p[1]})
	}
	return list
})

// chinese words a message of huma's. One that has no Chinese stays as it is: better
// foreign than wrong.
func chinese(message string) string {
	for _, p := range compiledPhrases() {
		m := p.pattern.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		if strings.Contains(p.zh, "%s") {
			return fmt.Sprintf(p.zh, m[1])
		}
		return p.zh
	}
	return message
}
