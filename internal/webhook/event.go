package webhook

import (
	"encoding/json"
	"strings"
	"time"

	"heyan/storage/record"
)

// The events that a webhook can be told of.
const (
	// EventJudged: a submission has a judgement in force, its first or, after a
	// recheck, a new one.
	EventJudged = "submission.judged"
	// EventRejudged: today's rules give a submission another verdict than the one in
	// force. The one in force stays.
	EventRejudged = "submission.rejudged"
	// EventTest is sent on request alone.
	EventTest = "webhook.test"
)

// Events are the events that a webhook can be told of.
func Events() []string { return []string{EventJudged, EventRejudged} }

// Payload is the body of a delivery.
type Payload struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // of the event, RFC 3339 in UTC
	Data      any    `json:"data"`
}

// Judged is the data of the events of a submission.
type Judged struct {
	Submission string         `json:"submission"`
	Purpose    record.Purpose `json:"purpose"`
	State      record.State   `json:"state"`
	Judgement  int            `json:"judgement"` // its number, from 1
	Cause      record.Cause   `json:"cause"`
	Verdict    string         `json:"verdict"`
	// VerdictInForce is told of re-judgements: it is not changed by them.
	VerdictInForce string `json:"verdict_in_force,omitempty"`
	ReportDigest   string `json:"report_digest"`
	PackageSHA256  string `json:"package_sha256"`
	PackageID      string `json:"package_id,omitempty"`
	Version        string `json:"version,omitempty"`
}

// Event makes the event of a judgement, for record.Outcome: s is the submission with
// the judgement noted in it. There is none, "", where a re-judgement does not differ
// from the judgement in force, or cannot be compared with it. The same judgement gives
// the same bytes.
func Event(s record.Submission, j record.Judgement) (event string, body []byte) {
	data := Judged{
		Submission: s.ID, Purpose: s.Purpose, State: s.State,
		Judgement: j.Seq, Cause: j.Cause, Verdict: j.Verdict, ReportDigest: j.ReportDigest,
		PackageSHA256: strings.TrimPrefix(j.PackageDigest, "sha256:"),
		PackageID:     s.PackageID, Version: s.Version,
	}
	event = EventJudged
	if j.Cause == record.CauseRejudged {
		if s.Rejudged != j.Verdict {
			return "", nil
		}
		event, data.VerdictInForce = EventRejudged, s.Verdict
	}
	return event, encode(event, j.Created, data)
}

// encode renders a payload; times are as the records keep them.
func encode(event string, at time.Time, data any) []byte {
	body, err := json.Marshal(Payload{Type: event, Timestamp: at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano), Data: data})
	if err != nil { // strings and numbers alone
		panic(err)
	}
	return body
}
