package submit

import (
	"encoding/json"
	"errors"

	"heyan/rules/filing"
)

// form is a filing as it is kept: the canonical JSON that the judge reads again.
type form struct {
	body              []byte
	digest            string
	platform, appName string
}

// readForm parses a filing and brings it into its canonical form. What is kept
// is parsed once more here, so that no worker can meet one that does not parse.
func readForm(data []byte) (form, error) {
	f, err := filing.Parse(data)
	if err != nil {
		return form{}, filingError(err)
	}
	body, err := json.Marshal(f)
	if err != nil {
		return form{}, err
	}
	again, err := filing.Parse(body)
	if err != nil {
		return form{}, filingError(err)
	}
	if again.Digest() != f.Digest() {
		return form{}, errFiling([]Problem{{
			ZH: "备案信息含有无法原样保存的字符，请改用普通文字",
			EN: "the filing has characters that cannot be kept as they are: use plain text",
		}})
	}
	return form{body: body, digest: f.Digest(), platform: string(f.Platform), appName: f.AppName}, nil
}

func filingError(err error) error {
	var bad *filing.ParseError
	if !errors.As(err, &bad) {
		return err
	}
	problems := make([]Problem, len(bad.Problems))
	for i, p := range bad.Problems {
		problems[i] = Problem{Line: p.Line, Path: p.Key, ZH: p.Message.ZH, EN: p.Message.EN}
	}
	return errFiling(problems)
}
