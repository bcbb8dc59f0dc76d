package httpapi

import (
	"encoding/json"
	"time"

	"heyan/internal/access"
	"heyan/internal/submit"
	"heyan/storage/record"
)

// The answers' JSON. Field names are a public contract: add, never rename.

// Submission is a package and its filing, and where their judgement stands.
type Submission struct {
	ID           string          `json:"id" example:"sub_01jd3x5v8f6q2m9t7c4w0znk1r" doc:"编号 / Id"`
	Organisation string          `json:"organisation" doc:"所属机构 / Whose it is"`
	Purpose      string          `json:"purpose" enum:"filing,precheck" doc:"用途：备案或预检 / What for"`
	Lane         string          `json:"lane" enum:"interactive,batch" doc:"队列：即时或批量 / Queue lane"`
	State        string          `json:"state" enum:"awaiting,queued,running,judged,canceled,expired,stuck" doc:"状态 / State"`
	Filing       json.RawMessage `json:"filing,omitempty" doc:"备案信息（列表中没有） / The filing; not in lists"`
	FilingDigest string          `json:"filing_digest" doc:"备案信息的摘要 / Digest of the filing"`
	Platform     string          `json:"platform,omitempty" doc:"所填平台 / Platform as filed"`
	AppName      string          `json:"app_name,omitempty" doc:"所填应用名称 / Name as filed"`
	FileName     string          `json:"file_name,omitempty" doc:"安装包的文件名 / The package's file name"`
	Package      *Package        `json:"package,omitempty" doc:"安装包 / The package"`
	Supersedes   string          `json:"supersedes,omitempty" doc:"所更正或接续的提交 / The submission that this one corrects or follows"`
	PackageID    string          `json:"package_id,omitempty" doc:"包名或 Bundle ID / Package name or bundle id"`
	Version      string          `json:"version,omitempty" doc:"版本号 / Version"`
	Verdict      string          `json:"verdict,omitempty" enum:"pass,return,review" doc:"结论：建议通过、建议退回、需人工复核 / Verdict"`
	Judgement    int             `json:"judgement,omitempty" doc:"有效核验的序号 / Number of the judgement in force"`
	ReportDigest string          `json:"report_digest,omitempty" doc:"报告的摘要 / Digest of the report"`
	Rejudged     string          `json:"rejudged,omitempty" enum:"pass,return,review" doc:"按现行规则重新核验后不同的结论 / Another verdict by today's rules"`
	Created      time.Time       `json:"created" doc:"创建时间 / When it was made"`
	Updated      time.Time       `json:"updated" doc:"更新时间 / When it changed"`
	Acknowledged *time.Time      `json:"acknowledged,omitempty" doc:"安装包收妥的时间 / When the package was safely here"`
	Expires      *time.Time      `json:"expires,omitempty" doc:"到期时间 / When it expires"`
}

// Package is a package's bytes.
type Package struct {
	SHA256 string `json:"sha256"`
	MD5    string `json:"md5"`
	Size   int64  `json:"size"`
}

// AcceptedSubmission is a submission just made, and where its package goes.
type AcceptedSubmission struct {
	Submission
	UploadURL          string `json:"upload_url,omitempty" doc:"以 PUT 上传安装包的地址 / Where to PUT the package"`
	ResumableUploadURL string `json:"resumable_upload_url,omitempty" doc:"tus 断点续传的地址 / Where to create a tus upload"`
}

func viewSubmission(s record.Submission) Submission {
	v := Submission{
		ID: s.ID, Organisation: s.Organisation, Purpose: string(s.Purpose), Lane: s.Lane, State: string(s.State),
		Filing: s.Filing, FilingDigest: s.FilingDigest, Platform: s.Platform, AppName: s.AppName, FileName: s.FileName,
		Supersedes: s.Supersedes, PackageID: s.PackageID, Version: s.Version,
		Verdict: s.Verdict, Judgement: s.Judgement, ReportDigest: s.ReportDigest, Rejudged: s.Rejudged,
		Created: s.Created.UTC(), Updated: s.Updated.UTC(), Acknowledged: when(s.Acknowledged), Expires: when(s.Expires),
	}
	if s.SHA256 != "" {
		v.Package = &Package{SHA256: s.SHA256, MD5: s.MD5, Size: s.Size}
	}
	return v
}

// when is a time that may not be.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// Judgement is one judgement of a submission. It never changes.
type Judgement struct {
	Seq            int       `json:"seq" doc:"序号，从 1 起 / Number, from 1"`
	Cause          string    `json:"cause" enum:"submitted,rechecked,rejudged" doc:"缘由 / Why it was made"`
	Verdict        string    `json:"verdict" enum:"pass,return,review" doc:"结论 / Verdict"`
	ReportDigest   string    `json:"report_digest" doc:"报告的摘要 / Digest of the report"`
	PackageDigest  string    `json:"package_digest" doc:"安装包的摘要 / Digest of the package"`
	FilingDigest   string    `json:"filing_digest" doc:"备案信息的摘要 / Digest of the filing"`
	PolicyDigest   string    `json:"policy_digest" doc:"策略的摘要 / Digest of the policy"`
	PreviousDigest string    `json:"previous_digest,omitempty" doc:"对照的前次报告的摘要 / Digest of the earlier report compared with"`
	AsOf           string    `json:"as_of" doc:"核验所依据的日期 / The day it was judged by"`
	Engine         string    `json:"engine" doc:"引擎版本 / Version of the engine"`
	Rules          string    `json:"rules" doc:"规则版本 / Version of the rules"`
	Created        time.Time `json:"created" doc:"时间 / When"`
}

func viewJudgement(j record.Judgement) Judgement {
	return Judgement{
		Seq: j.Seq, Cause: string(j.Cause), Verdict: j.Verdict, ReportDigest: j.ReportDigest,
		PackageDigest: j.PackageDigest, FilingDigest: j.FilingDigest, PolicyDigest: j.PolicyDigest,
		PreviousDigest: j.PreviousDigest, AsOf: j.AsOf, Engine: j.Engine, Rules: j.Rules, Created: j.Created.UTC(),
	}
}

// Progress is where a submission stands, as the event stream tells it.
type Progress struct {
	State     string `json:"state" enum:"awaiting,queued,running,judged,canceled,expired,stuck"`
	Stage     string `json:"stage,omitempty" doc:"正在进行的步骤 / What is being done"`
	Percent   int    `json:"percent" minimum:"0" maximum:"100"`
	Verdict   string `json:"verdict,omitempty" enum:"pass,return,review"`
	Judgement int    `json:"judgement,omitempty"`
}

func viewProgress(p submit.Progress) Progress {
	v := Progress{State: string(p.Submission.State), Verdict: p.Submission.Verdict, Judgement: p.Submission.Judgement}
	switch p.Submission.State {
	case record.StateRunning:
		v.Stage, v.Percent = p.Job.Stage, p.Job.Percent
	case record.StateJudged:
		v.Percent = 100
	}
	return v
}

// Organisation is a caller of heyan.
type Organisation struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Created  time.Time `json:"created"`
	Disabled bool      `json:"disabled" doc:"停用后其令牌一律无效 / None of its tokens lets in"`
}

func viewOrganisation(o record.Organisation) Organisation {
	return Organisation{ID: o.ID, Name: o.Name, Created: o.Created.UTC(), Disabled: o.Disabled}
}

// Token is a bearer token, without its secret.
type Token struct {
	ID           string     `json:"id"`
	Organisation string     `json:"organisation"`
	Name         string     `json:"name"`
	Scopes       []string   `json:"scopes" enum:"submit,read,review,admin"`
	Created      time.Time  `json:"created"`
	Expires      *time.Time `json:"expires,omitempty"`
	Revoked      *time.Time `json:"revoked,omitempty"`
	LastUsed     *time.Time `json:"last_used,omitempty"`
}

// IssuedToken is a token just made.
type IssuedToken struct {
	Token
	Secret string `json:"secret" doc:"令牌本身，只显示这一次 / The token itself, shown this once"`
}

func viewToken(t record.Token) Token {
	return Token{
		ID: t.ID, Organisation: t.Organisation, Name: t.Name, Scopes: scopeNames(t.Scopes), Created: t.Created.UTC(),
		Expires: when(t.Expires), Revoked: when(t.Revoked), LastUsed: when(t.LastUsed),
	}
}

func viewIssued(t access.Issued) IssuedToken {
	return IssuedToken{Token: viewToken(t.Token), Secret: t.Secret}
}

func scopeNames(scopes []record.Scope) []string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return names
}

// Rejudge is a run of today's rules over what was judged before.
type Rejudge struct {
	ID           string     `json:"id"`
	Organisation string     `json:"organisation,omitempty" doc:"空为全部机构 / Empty: all"`
	State        string     `json:"state" enum:"running,done,canceled"`
	Since        *time.Time `json:"since,omitempty"`
	Until        *time.Time `json:"until,omitempty"`
	Queued       int        `json:"queued" doc:"已排队的件数 / Jobs made so far"`
	Done         int        `json:"done" doc:"已核验的件数 / Of them judged"`
	Changed      int        `json:"changed" doc:"结论不同的件数 / Of them with another verdict"`
	Created      time.Time  `json:"created"`
	Ended        *time.Time `json:"ended,omitempty"`
}

func viewRejudge(r record.Rejudge) Rejudge {
	return Rejudge{
		ID: r.ID, Organisation: r.Organisation, State: string(r.State), Since: when(r.Since), Until: when(r.Until),
		Queued: r.Queued, Done: r.Done, Changed: r.Changed, Created: r.Created.UTC(), Ended: when(r.Ended),
	}
}

// Alarm is what an operator must look at.
type Alarm struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind" enum:"md5-collision,blob-missing,blob-altered,job-dead,webhook-gone"`
	Detail     string    `json:"detail"`
	Submission string    `json:"submission,omitempty"`
	Created    time.Time `json:"created"`
}

func viewAlarm(a record.Alarm) Alarm {
	return Alarm{ID: a.ID, Kind: a.Kind, Detail: a.Detail, Submission: a.Submission, Created: a.Created.UTC()}
}

// views turns a list.
func views[From, To any](list []From, view func(From) To) []To {
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = view(v)
	}
	return out
}
