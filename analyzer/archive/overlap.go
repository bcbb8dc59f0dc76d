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

// findOverlaps finds entries that share bytes. The extent used is the least
// possible (the local extra field is not read), so what it finds is certain.
func (a *Archive) findOverlaps(order []uint32, found *collector) {
	reach, owner := uint64(0), uint32(0)
	for _, i := range order {
		e := &a.entries[i]
		if e.HeaderOffset < reach {
			found.add(CodeOverlap, atName(e.Name), "begins at %d, inside %q which ends at %d or behind",
				e.HeaderOffset, a.entries[owner].Name, reach)
		}
		if end := e.HeaderOffset + lenLocal + uint64(len(e.Name)) + e.length(); e.fault == faultNone && end > reach {
			reach, owner = end, i
		}
	}
}
