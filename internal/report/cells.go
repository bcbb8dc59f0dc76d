package report

// Width is how many cells of a terminal s takes, for tables beside the reports.
func Width(s string) int { return cells(s) }

// Pad fills s with blanks to n cells.
func Pad(s string, n int) string { return pad(s, n) }

// Clean is outside text that is safe to print: what moves the cursor or turns the
// direction of text becomes a visible mark.
func Clean(s string) string { return clean(s) }

// Wrap breaks s into lines of at most n cells, where a reader would.
func Wrap(s string, n int) []string { return wrap(s, n) }

// Shorten keeps the beginning and the end of s, as much as n cells hold.
func Shorten(s string, n int) string {
	if cells(s) <= n {
		return s
	}
	if n < 3 {
		return cut(s, n)
	}
	head := cut(s, (n-1)/2)
	tail := []rune(s)
	for cells(string(tail)) > n-1-cells(head) {
		tail = tail[1:]
	}
	return head + "…" + string(tail)
}

// Columns is how wide text for a terminal may be.
const Columns = columns
