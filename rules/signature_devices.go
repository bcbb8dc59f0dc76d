package rules

import (
	"fmt"
	"strings"

	"heyan/analyzer/facts"
)

// maxRangesSaid is how many API ranges a sentence speaks of; the evidence has all.
const maxRangesSaid = 4

// devices enters what a device of each API range makes of the signature, as a
// sentence behind another; nothing where no range was told apart.
func (a args) devices(ranges []facts.SignatureRange) args {
	var zh, en strings.Builder
	for i, r := range ranges {
		if i == maxRangesSaid {
			fmt.Fprintf(&zh, "；等 %d 段", len(ranges))
			fmt.Fprintf(&en, "; %d ranges in all", len(ranges))
			break
		}
		levels, act := APIRangeText(r), DeviceText(r)
		endZH, endEN := "；", "; a"
		if i == 0 {
			endZH, endEN = "。", ". A"
		}
		gap := " " // between a number and Chinese text
		if r.MaxAPI == 0 {
			gap = ""
		}
		fmt.Fprintf(&zh, "%s%s%s的设备%s", endZH, levels.ZH, gap, act.ZH)
		fmt.Fprintf(&en, "%s device of %s %s", endEN, levels.EN, act.EN)
	}
	return a.both("devices", zh.String(), en.String())
}

// APIRangeText names the API levels of a range.
func APIRangeText(r facts.SignatureRange) Text {
	switch {
	case r.MaxAPI == 0:
		return Text{ZH: fmt.Sprintf("API %d 及以上", r.MinAPI), EN: fmt.Sprintf("API %d and up", r.MinAPI)}
	case r.MaxAPI == r.MinAPI:
		text := fmt.Sprintf("API %d", r.MinAPI)
		return Text{ZH: text, EN: text}
	}
	text := fmt.Sprintf("API %d–%d", r.MinAPI, r.MaxAPI)
	return Text{ZH: text, EN: text}
}

// DeviceText is what a device of the range does with the package, as a predicate.
func DeviceText(r facts.SignatureRange) Text {
	switch r.Status {
	case facts.SignatureValid:
		return Text{ZH: "按 " + r.Scheme + " 核验，接受", EN: "accepts it by " + r.Scheme}
	case facts.SignatureInvalid:
		if r.Scheme == "" {
			return Text{ZH: "拒绝安装", EN: "refuses it"}
		}
		return Text{ZH: "按 " + r.Scheme + " 核验，拒绝安装", EN: "refuses it by " + r.Scheme}
	case facts.SignatureUnsigned:
		return Text{ZH: "找不到它认的签名，拒绝安装", EN: "finds no signature that it knows and refuses it"}
	}
	return Text{ZH: "怎样处理无法判定", EN: "may or may not take it: that can't be told"}
}
