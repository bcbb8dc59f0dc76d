package manifest

import (
	"strings"

	"heyan/analyzer/facts"
)

// queriesChild reads an element below <queries>. Android does not skip what it
// does not know there, so that the children of such an element count.
func (m *reader) queriesChild(name string) place {
	switch name {
	case "package":
		if id := m.text(attrName); id != "" {
			m.addQuery(facts.Query{Package: id, Where: m.where()}, "package:"+id)
		}
	case "provider":
		for authority := range strings.SplitSeq(m.text(attrAuthorities), ";") {
			if authority != "" {
				m.addQuery(facts.Query{Provider: authority, Where: m.where()}, "provider:"+authority)
			}
		}
	case "intent":
		m.query = &facts.Query{Intent: &facts.IntentFilter{}, Where: m.where()}
		return placeQueryIntent
	}
	return placeQueries
}

func (m *reader) addQuery(q facts.Query, name string) {
	m.f.Queries = append(m.f.Queries, q)
	m.f.Permissions = append(m.f.Permissions, facts.Permission{
		Name: name, Source: facts.SourceQueries, Where: q.Where,
	})
}

func (m *reader) endQuery() {
	action := "*"
	if a := m.query.Intent.Actions; len(a) > 0 {
		action = a[0]
	}
	m.addQuery(*m.query, "intent:"+action)
	m.query = nil
}
