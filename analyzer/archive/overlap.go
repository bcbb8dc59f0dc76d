package archive

import (
	"cmp"
	"slices"
)

// byOffset is the numbers of the entries whose place in the file is known, in
// the order of their local headers.
func (a *Archive) byOffset() []uint32 {
	order := make([]uint32, 0, len(a.entries))
	sorted, previous := true, uint64(0)
	for i := range a.entries {
		e := &a.entries[i]
		if e.fault == faultOffset || e.fault == faultZip64 {
			continue
		}
		sorted = sorted && e.HeaderOffset >= previous
		previous = e.HeaderOffset
		order = append(order, uint32(i))
	}
	if !sorted {
		slices.SortFunc(order, func(x, y uint32) int {
			return cmp.Or(cmp.Compare(a.entries[x].HeaderOffset, a.entries[y].HeaderOffset), cmp.Compare(x, y))
		})
	}
	return order
}

// leastEnd is where an entry ends at the least: its local extra field and data
// descriptor are not known from the directory.
func leastEnd(e *Entry) uint64 {
	return e.HeaderOffset + lenLocal + uint64(len(e.Name)) + e.length()
}

// findOverlaps finds the entries that share bytes as far as the directory alone
// tells; CheckLocalHeaders finds the rest.
func (a *Archive) findOverlaps(order []uint32, found *collector) {
	reach, owner := uint64(0), uint32(0)
	for _, i := range order {
		e := &a.entries[i]
		if e.HeaderOffset < reach {
			found.add(CodeOverlap, atName(e.Name), "begins at %d, inside %q which ends at %d or behind",
				e.HeaderOffset, a.entries[owner].Name, reach)
		}
		if end := leastEnd(e); e.fault == faultNone && end > reach {
			reach, owner = end, i
		}
	}
}
