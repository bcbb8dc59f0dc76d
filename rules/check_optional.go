package rules

import "strings"

func judgeFeatures(in Input) Check {
	var filed []string
	for _, f := range in.Filing.Features {
		filed = append(filed, string(f))
	}
	return newCheck("features", "not-examined", args{"filed": strings.Join(filed, ", ")})
}

func judgeSecurityCertificate(in Input) Check {
	filed := strings.TrimSpace(in.Filing.SecurityCertificate)
	if filed == "" {
		return newCheck("security-certificate", "not-filed", nil)
	}
	return newCheck("security-certificate", "filed", args{"filed": filed})
}
