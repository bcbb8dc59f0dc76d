package rules

import (
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/finding"
)

// outsideCodes are the verifier's warnings of what no signature covers. (Signature
// data of others is the check of the signature's, a DEX in front that of Janus.)
var outsideCodes = [...]string{"verity-padding-content", "signing-block-malformed", "data-before-zip", "comment-outside-signature", "verity-padding-misaligned"}

// judgeOutsideSignature judges what is in an APK and can be changed by anybody
// while the signature still holds.
func judgeOutsideSignature(in Input) Check {
	const id = "security.outside-signature"
	s := in.Facts.Signature
	switch {
	case !signatureRead(in.Facts):
		return newCheck(id, "signature-unreadable", nil)
	case s.Status != facts.SignatureValid && HoldsInPart(s):
		return newCheck(id, "partial-range", nil)
	case s.Status != facts.SignatureValid:
		return newCheck(id, "no-signer", nil)
	}
	odd := slices.DeleteFunc(slices.Clone(s.Warnings), func(p facts.SignatureProblem) bool { return !slices.Contains(outsideCodes[:], p.Code) })
	codes := codesByWeight(odd)
	outside := outsideBlocks(s.Blocks)
	a := args{}.heaviest(codes).blocks(outside)
	return newCheck(id, outsideReason(codes, outside), a).with(describeProblems(odd)...).with(describeBlocks(outside)...)
}

// outsideReason is the worst of what was found.
func outsideReason(codes []string, outside []facts.SigningBlockEntry) string {
	switch level := worstLevel(codes); {
	case level == finding.Review:
		return "suspicious"
	case level == finding.Advise:
		return "weak"
	case slices.ContainsFunc(outside, func(e facts.SigningBlockEntry) bool { return e.Name == "" }):
		return "unknown-block"
	case slices.ContainsFunc(outside, channel):
		return "channel"
	case len(outside) > 0:
		return "ordinary"
	}
	return "none"
}

// outsideBlocks are the pairs that no signature covers, without the padding and
// without signatures that stand twice.
func outsideBlocks(all []facts.SigningBlockEntry) []facts.SigningBlockEntry {
	return slices.DeleteFunc(slices.Clone(all), func(e facts.SigningBlockEntry) bool {
		return !e.Outside || slices.Contains([]string{"verity-padding", "v2", "v3", "v3.1", "source-stamp"}, e.Name)
	})
}

func channel(e facts.SigningBlockEntry) bool { return strings.HasSuffix(e.Name, "-channel") }

// blocks enters what the pairs are, with the text of channels: the ones that a
// sentence is about, which are the unknown, or else the channels, or else all.
func (a args) blocks(list []facts.SigningBlockEntry) args {
	for _, about := range [...]func(facts.SigningBlockEntry) bool{func(e facts.SigningBlockEntry) bool { return e.Name == "" }, channel} {
		if slices.ContainsFunc(list, about) {
			list = slices.DeleteFunc(slices.Clone(list), func(e facts.SigningBlockEntry) bool { return !about(e) })
			break
		}
	}
	var zh, en []string
	for _, e := range list[:min(len(list), maxSaid)] {
		t := BlockText(e)
		zh, en = append(zh, t.ZH), append(en, t.EN)
	}
	if len(list) > maxSaid {
		more := fmt.Sprintf("… +%d", len(list)-maxSaid)
		zh, en = append(zh, more), append(en, more)
	}
	return a.both("blocks", strings.Join(zh, "、"), strings.Join(en, ", "))
}

// BlockText says what a pair of the signing block is, and its text where it is a
// channel.
func BlockText(e facts.SigningBlockEntry) Text {
	t, ok := finding.Block(e.Name)
	if !ok {
		return Text{ZH: fmt.Sprintf("%s，%d 字节", e.ID, e.Size), EN: fmt.Sprintf("%s, %d bytes", e.ID, e.Size)}
	}
	if e.Text != "" {
		t.ZH, t.EN = t.ZH+"“"+e.Text+"”", t.EN+" “"+e.Text+"”"
	}
	return Text(t)
}

func describeBlocks(list []facts.SigningBlockEntry) []string {
	var lines []string
	for _, e := range list {
		line := fmt.Sprintf("%s, %d bytes", strings.TrimSpace(e.ID+" "+e.Name), e.Size)
		if e.Text != "" {
			line += ": " + e.Text
		}
		lines = append(lines, line)
	}
	return lines
}
