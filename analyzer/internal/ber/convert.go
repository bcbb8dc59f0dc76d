package ber

import (
	"math/big"
	"strconv"
	"strings"
)

// ParseOID reads the contents of an OBJECT IDENTIFIER as dotted text.
// (Asn1BerParser.oidToString)
func ParseOID(body []byte) (string, error) {
	if len(body) == 0 {
		return "", malformed("empty object identifier")
	}
	var out strings.Builder
	for i := 0; len(body) > 0; i++ {
		node, n, err := base128(body)
		if err != nil {
			return "", err
		}
		body = body[n:]
		if i == 0 {
			top := min(node/40, 2)
			out.WriteString(strconv.FormatInt(top, 10))
			node -= top * 40
		}
		out.WriteByte('.')
		out.WriteString(strconv.FormatInt(node, 10))
	}
	return out.String(), nil
}

func base128(b []byte) (value int64, n int, err error) {
	for i, c := range b {
		if value > (1<<63-1)>>7 {
			return 0, 0, malformed("base-128 number too large")
		}
		value = value<<7 | int64(c&0x7f)
		if c&0x80 == 0 {
			return value, i + 1, nil
		}
	}
	return 0, 0, malformed("truncated base-128 number")
}

// BigInt reads the contents of an INTEGER in two's complement; none is zero.
func BigInt(body []byte) *big.Int {
	n := new(big.Int).SetBytes(body)
	if len(body) > 0 && body[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(body))))
	}
	return n
}

// Append adds to out a value in DER with the identifier byte and contents given.
func Append(out []byte, identifier byte, body ...[]byte) []byte {
	size := 0
	for _, part := range body {
		size += len(part)
	}
	out = append(out, identifier)
	switch {
	case size < 0x80:
		out = append(out, byte(size))
	case size < 1<<8:
		out = append(out, 0x81, byte(size))
	case size < 1<<16:
		out = append(out, 0x82, byte(size>>8), byte(size))
	case size < 1<<24:
		out = append(out, 0x83, byte(size>>16), byte(size>>8), byte(size))
	default:
		out = append(out, 0x84, byte(size>>24), byte(size>>16), byte(size>>8), byte(size))
	}
	for _, part := range body {
		out = append(out, part...)
	}
	return out
}
