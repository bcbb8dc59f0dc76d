package profile

import (
	"bytes"

	"heyan/analyzer/internal/cms"
)

// unwrap returns the content of a CMS SignedData message. Apple's tools write DER
// as well as BER with indefinite lengths and contents in pieces.
func unwrap(data []byte) ([]byte, error) {
	if bytes.HasPrefix(bytes.TrimLeft(data, "\xef\xbb\xbf \t\r\n"), []byte("<")) {
		return nil, malformed("a bare property list without a signature")
	}
	m, err := cms.Parse(data)
	if err != nil {
		return nil, malformed("%v", err)
	}
	if m.Content == nil {
		return nil, malformed("a message without content")
	}
	return m.Content, nil
}
