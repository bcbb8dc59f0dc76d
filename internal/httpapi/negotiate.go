package httpapi

import "strings"

// negotiate returns the offer that an Accept header likes best, the first of equals,
// and "" where it takes none. Without a header it is the first.
func negotiate(accept string, offers ...string) string {
	if strings.TrimSpace(accept) == "" {
		return offers[0]
	}
	best, found := 0.0, ""
	for _, offer := range offers {
		if q := liking(accept, offer); q > best {
			best, found = q, offer
		}
	}
	return found
}

// liking is the quality that an Accept header gives a media type: the most specific
// range that fits says it.
func liking(accept, offer string) float64 {
	kind, _, _ := strings.Cut(offer, "/")
	best, specific := 0.0, 0
	for item := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(item, ";")
		fits := 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case offer:
			fits = 3
		case kind + "/*":
			fits = 2
		case "*/*":
			fits = 1
		}
		if fits > specific {
			best, specific = quality(params), fits
		}
	}
	return best
}
