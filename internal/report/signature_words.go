package report

import (
	"fmt"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules"
)

// lineagePlace is where a certificate stands in a proof of rotation.
func lineagePlace(i, n int) rules.Text {
	switch i {
	case n - 1:
		return both("最新", "newest")
	case 0:
		return both("最早", "oldest")
	}
	return both(fmt.Sprintf("第 %d 任", i+1), fmt.Sprintf("%d", i+1))
}

// capabilityText is what the platform still lets a former signer do. Of the newest
// there is nothing to say: it signs, and platforms ignore what is noted of it. Nor is
// there where the rights are not known.
func capabilityText(lineage []facts.LineageNode, i int) rules.Text {
	capabilities := lineage[i].Capabilities
	if i == len(lineage)-1 || capabilities == nil {
		return rules.Text{}
	}
	words := map[string]rules.Text{
		"installed-data": both("保留已装应用的数据", "keep the data of an installed app"),
		"shared-uid":     both("共享用户标识", "share a user id"),
		"permission":     both("取得签名级权限", "be granted signature permissions"),
		"rollback":       both("换回旧钥", "roll back"),
		"auth":           both("账户认证", "authenticate"),
	}
	var zh, en []string
	for _, c := range capabilities {
		t, ok := words[c]
		if !ok {
			t = both(c, c)
		}
		zh, en = append(zh, t.ZH), append(en, t.EN)
	}
	if len(zh) == 0 {
		return both("不再保有任何权限", "may do nothing any more")
	}
	return both("仍可："+strings.Join(zh, "、"), "may still "+strings.Join(en, ", "))
}

// blockText is a pair of the signing block: what it is, and whether a signature
// covers it. (Of padding that goes without saying.)
func blockText(e facts.SigningBlockEntry) rules.Text {
	t := rules.BlockText(e)
	if e.Name != "" {
		t.ZH += fmt.Sprintf("，%s，%d 字节", e.ID, e.Size)
		t.EN += fmt.Sprintf(", %s, %d bytes", e.ID, e.Size)
	}
	if e.Outside && e.Name != "verity-padding" {
		t.ZH += "，不在签名之内"
		t.EN += ", outside the signature"
	}
	return t
}

// stampTexts are what is known of the source stamp. It is worth nothing where the
// package's own signature does not hold.
func stampTexts(s facts.Signature) []rules.Text {
	stamp := s.Stamp
	lines := []rules.Text{signatureWords(stamp.Status)}
	switch {
	case stamp.Status != facts.SignatureValid || s.Status == facts.SignatureValid:
	case rules.HoldsInPart(s):
		lines[0] = both("印章本身成立，但安装包的签名不是在所有声明支持的系统上有效，说明不了什么", "it holds by itself, and says nothing, since the package's signature does not hold on every version it supports")
	default:
		lines[0] = both("印章本身成立，但安装包的签名不成立，说明不了什么", "it holds by itself, and says nothing, since the package's signature does not hold")
	}
	if c := stamp.Certificate; c != nil {
		lines = append(lines, both(c.Subject, c.Subject), both(c.SHA256, c.SHA256))
	}
	if stamp.Time != "" {
		lines = append(lines, both(day(stamp.Time)+" 加盖", "made on "+day(stamp.Time)))
	}
	for i, n := range stamp.Lineage {
		place := lineagePlace(i, len(stamp.Lineage))
		lines = append(lines, both(place.ZH+"  "+n.Certificate.Subject, place.EN+"  "+n.Certificate.Subject))
	}
	return lines
}

// idsigTexts are what is known of the v4 signature file, with the root of its tree.
func idsigTexts(s facts.Signature) []rules.Text {
	x := s.IDSig
	lines := []rules.Text{signatureWords(x.Status)}
	switch {
	case x.Status != facts.SignatureValid:
	case x.Tree:
		lines[0] = both("有效，带有默克尔树", "valid, with its Merkle tree")
	default:
		lines[0] = both("有效，没有带默克尔树", "valid, without its Merkle tree")
	}
	add := func(zh, en, value string) {
		lines = append(lines, both(zh+"："+value, en+": "+value))
	}
	if x.RootHash != "" {
		lines = append(lines, both(x.RootHash, x.RootHash))
	}
	if x.Signer != "" {
		add("签名者", "signer", signerName(x.Signer, s))
	}
	if x.RotatedSigner != "" {
		add("换钥后的签名者", "signer after rotation", signerName(x.RotatedSigner, s))
	}
	return lines
}
