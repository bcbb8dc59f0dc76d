package submit

import (
	"slices"

	"heyan/storage/record"
)

// method names a use case in the table of scopes.
type method string

// The use cases.
const (
	methodSubmit     method = "submit"
	methodReserve    method = "reserve"
	methodAttach     method = "attach"
	methodGet        method = "get"
	methodList       method = "list"
	methodProgress   method = "progress"
	methodJudgements method = "judgements"
	methodReport     method = "report"
	methodPackage    method = "package"
	methodRecheck    method = "recheck"
	methodCancel     method = "cancel"
	methodFacts      method = "facts"
	methodRejudge    method = "rejudge"
	methodAlarms     method = "alarms"
)

// scopes returns which scopes let a caller use a method: one of them is enough.
// The administrator's is always one and is not listed.
func (m method) scopes() []record.Scope {
	switch m {
	case methodSubmit, methodReserve, methodAttach:
		return []record.Scope{record.ScopeSubmit}
	case methodGet, methodList, methodProgress, methodJudgements, methodReport, methodPackage, methodFacts:
		return []record.Scope{record.ScopeSubmit, record.ScopeRead, record.ScopeReview}
	case methodRecheck:
		return []record.Scope{record.ScopeReview}
	case methodCancel:
		return []record.Scope{record.ScopeSubmit, record.ScopeReview}
	default: // rejudge, alarms
		return nil
	}
}

// admin reports whether the caller sees all organisations.
func (c Caller) admin() bool { return slices.Contains(c.Scopes, record.ScopeAdmin) }

// allow refuses a caller without a scope for the method. An organisation is
// always needed: to the records an empty one would be all of them.
func allow(c Caller, m method) error {
	if c.Organisation == "" {
		return errForbidden(m)
	}
	if c.admin() {
		return nil
	}
	for _, s := range m.scopes() {
		if slices.Contains(c.Scopes, s) {
			return nil
		}
	}
	return errForbidden(m)
}

// sees is the organisation to look in: "" is all.
func (c Caller) sees() string {
	if c.admin() {
		return ""
	}
	return c.Organisation
}
