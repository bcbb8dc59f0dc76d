package filing

// nearest returns the candidate a misspelt word most likely means: the closest
// by edit distance, at most a third of the word away (a letter at least).
func nearest(s string, words []word) (word, bool) {
	got := []rune(fold(s))
	if len(got) == 0 || len(got) > 40 {
		return word{}, false
	}
	best, bestDistance := word{}, max(1, len(got)/3)+1
	for _, w := range words {
		for _, spelling := range append([]string{w.id, w.zh}, w.aliases...) {
			want := []rune(fold(spelling))
			if d := distance(got, want); d < bestDistance && d < max(len(got), len(want)) {
				best, bestDistance = w, d
			}
		}
	}
	return best, best.id != ""
}

// distance is the Levenshtein distance.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
