package httpapi

import (
	"crypto/md5" //nolint:gosec // what the client announced
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/http"
	"strings"

	"heyan/internal/submit"
)

// sums are what a client says that it sends, in hex; "" where it does not say.
type sums struct{ sha256, md5 string }

// announced reads Repr-Digest and Content-Digest (RFC 9530), which are the same
// thing for a body that is not encoded. Algorithms that we do not compute are passed
// over; a value that is not what its algorithm gives is refused.
func announced(h http.Header) (sums, error) {
	var s sums
	for _, name := range []string{"Repr-Digest", "Content-Digest"} {
		for _, line := range h.Values(name) {
			if err := s.add(line); err != nil {
				return sums{}, err
			}
		}
	}
	return s, nil
}

// add reads one header: a dictionary of byte sequences, `sha-256=:…:, md5=:…:`.
func (s *sums) add(line string) error {
	for member := range strings.SplitSeq(line, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(member), "=")
		if !ok {
			return errDigestHeader()
		}
		value, _, _ = strings.Cut(value, ";") // parameters mean nothing here
		field, size := &s.sha256, sha256.Size
		switch strings.TrimSpace(key) {
		case "sha-256":
		case "md5":
			field, size = &s.md5, md5.Size
		default:
			continue
		}
		sum, ok := byteSequence(value)
		if !ok || len(sum) != size || *field != "" && *field != hex.EncodeToString(sum) {
			return errDigestHeader()
		}
		*field = hex.EncodeToString(sum)
	}
	return nil
}

// byteSequence reads ":base64:" (RFC 9651).
func byteSequence(s string) ([]byte, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != ':' || s[len(s)-1] != ':' {
		return nil, false
	}
	sum, err := base64.StdEncoding.DecodeString(s[1 : len(s)-1])
	return sum, err == nil
}

func errDigestHeader() error {
	e := refuse(submit.CodeRequestInvalid, text{}, nil)
	e.Problems = []submit.Problem{{Path: "header.Repr-Digest",
		ZH: "应为 sha-256=:…: 或 md5=:…:，冒号之间是摘要的 Base64",
		EN: "sha-256=:…: or md5=:…:, with the digest in Base64 between the colons"}}
	return e
}

// hexDigestHeader is a digest header of a SHA-256 in hex.
func hexDigestHeader(sum string) string {
	raw, err := hex.DecodeString(sum)
	if err != nil {
		return ""
	}
	return "sha-256=:" + base64.StdEncoding.EncodeToString(raw) + ":"
}

// digestHeader is a Content-Digest of body.
func digestHeader(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// dispositionName is the file name of a Content-Disposition header, "" where it has
// none.
func dispositionName(header string) string {
	if header == "" {
		return ""
	}
	_, params, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	return params["filename"]
}

// attachment is a Content-Disposition that makes a browser save what it gets, under
// a name in ASCII and, for those that know RFC 5987, the very name.
func attachment(name string) string {
	if name == "" {
		name = "package"
	}
	plain := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\/%;`, r) {
			return '_'
		}
		return r
	}, name)
	value := `attachment; filename="` + plain + `"`
	if plain != name {
		value += "; filename*=UTF-8''" + extValue(name)
	}
	return value
}

// extValue escapes as RFC 5987 says.
func extValue(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}
