package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"heyan/internal/seal"
	"heyan/rules"
)

const verifyLongZH = `判断一份 JSON 报告是否由核验服务签发、签发后是否改动过。

公钥取自 --keys 给出的文件（事先从服务的 /.well-known/heyan-report-keys.json 保存），或用
--server 从服务现取；网络地址须为 https，本机可用 http。绝不使用报告自带的密钥。
重新排版（缩进、换行、成员次序）不影响结果；任何名称、取值的改动都会被发现。

退出码：0 是服务签发的且未改动；1 不是；2 未能判断（文件读不到、公钥取不到）。`

const verifyLongEN = `Say whether a JSON report was signed by the service, and is unaltered since.

The public keys come from the file --keys (saved beforehand from the service's
/.well-known/heyan-report-keys.json), or with --server from the service itself, over
https, or http on this machine. A key in the report is never used. Layout (white space,
the order of members) makes no difference; any change of a name or a value does.

Exit status: 0 it is the service's and unaltered; 1 it is not; 2 it could not be told
(the file or the keys can't be read).`

func (a *app) verifyReportCommand() *cobra.Command {
	var from keySource
	cmd := &cobra.Command{
		Use:   a.t("verify-report 报告.json", "verify-report REPORT"),
		Short: a.t("判断一份报告是否由服务签发且未改动", "say whether a report is the service's and unaltered"),
		Long:  a.t(verifyLongZH, verifyLongEN),
		Example: `  heyan verify-report report.json --server https://heyan.example.edu.cn
  heyan verify-report report.json --keys heyan-report-keys.json`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"json"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := from.validate(args[0]); err != nil {
				return err
			}
			keys, err := a.reportKeys(cmd.Context(), from)
			if err != nil {
				return err
			}
			data, err := a.readText(args[0], seal.MaxReport)
			if err != nil {
				return err
			}
			return a.verifyReport(data, keys)
		},
	}
	f := cmd.Flags()
	f.StringVar(&from.keys, "keys", "", a.t("公钥集（JWKS）：文件，或 https 地址；- 为标准输入", "the public keys (JWKS): a file, or an https URL; - for standard input"))
	f.StringVar(&from.server, "server", "", a.t("服务地址，从它取公钥，如 https://heyan.example.edu.cn", "the service to take the keys from, as https://heyan.example.edu.cn"))
	a.completeFiles(cmd, "keys", "json")
	return cmd
}

// verifyReport prints what is to be said of a report and sets the exit status.
func (a *app) verifyReport(data []byte, keys seal.Keys) error {
	result, err := seal.Verify(data, keys)
	if err != nil {
		result.Status = "" // no report at all: the error says why
	}
	a.exit = exitReturn
	if result.Status == seal.Authentic {
		a.exit = exitPass
	}
	return a.write("", func(w io.Writer) error {
		if _, err := fmt.Fprintln(w, finding(result, err).In(a.lang)); err != nil {
			return err
		}
		if result.Status != seal.Authentic {
			return nil
		}
		return a.sealedFacts(w, result)
	})
}

// finding is the answer in a sentence, with what to do.
func finding(r seal.Result, err error) rules.Text {
	switch r.Status {
	case seal.Authentic:
		return rules.Text{ZH: "真实：报告由本服务签发，签发后未改动。", EN: "Authentic: the service signed this report, and it is unaltered."}
	case seal.Altered:
		return rules.Text{
			ZH: "不可采信：签名与内容不符，报告在签发后被改动。请向服务索取原件。",
			EN: "Not to be trusted: the signature does not match, so the report was altered after it was signed. Ask the service for the original."}
	case seal.UnknownKey:
		return rules.Text{
			ZH: fmt.Sprintf("不可采信：签名所用的密钥 %q 不在给出的公钥中。若公钥是以前保存的，请重新获取。", r.KeyID),
			EN: fmt.Sprintf("Not to be trusted: it was signed with the key %q, which is none of those given. Fetch the keys again if they were saved some time ago.", r.KeyID)}
	case seal.Unsigned:
		return rules.Text{
			ZH: "不可采信：报告没有签名（heyan check 的报告都没有，只有服务签发的才有）。",
			EN: "Not to be trusted: it is not signed (reports of heyan check are not, only those of the service)."}
	}
	return rules.Text{
		ZH: fmt.Sprintf("不可采信：不是本服务的 JSON 报告（%v）。", err),
		EN: fmt.Sprintf("Not to be trusted: %v.", err)}
}

// sealedFacts prints what an authentic report states. It was checked, and is quoted
// all the same: a name may hold anything.
func (a *app) sealedFacts(w io.Writer, r seal.Result) error {
	f := r.Facts
	verdict := map[string]string{
		string(rules.Pass):   a.t("建议通过", "pass"),
		string(rules.Return): a.t("建议退回", "return"),
		string(rules.Review): a.t("需人工复核", "review"),
	}[f.Verdict]
	for _, line := range [][2]string{
		{a.t("核验结论", "Verdict"), verdict},
		{a.t("核验日期", "As of"), fmt.Sprintf("%+q", f.AsOf)},
		{a.t("安装包 SHA-256", "Package SHA-256"), fmt.Sprintf("%+q", f.PackageSHA256)},
		{a.t("包名", "Package id"), fmt.Sprintf("%+q", f.PackageID)},
		{a.t("版本号", "Version"), fmt.Sprintf("%+q", f.Version)},
		{a.t("签名密钥", "Key"), fmt.Sprintf("%+q", r.KeyID)},
	} {
		if _, err := fmt.Fprintf(w, "  %s: %s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
}
