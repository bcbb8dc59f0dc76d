package rules

// names is a list without repeats, in the order in which they came.
type names struct {
	list []string
	seen map[string]bool
}

func (n *names) add(s string) {
	if n.seen[s] {
		return
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[s] = true
	n.list = append(n.list, s)
}

// all is the list, never nil.
func (n *names) all() []string {
	if n.list == nil {
		return []string{}
	}
	return n.list
}
