//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"heyan/internal/faulttest"
)

// verdicts asks every process how many it has written.
func verdicts(ctx context.Context, in *faulttest.Installation) (sum int64, err error) {
	for _, n := range in.Nodes {
		written, err := scrape(ctx, n.URL())
		if err != nil {
			return 0, err
		}
		sum += written
	}
	return sum, nil
}

func scrape(ctx context.Context, url string) (sum int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("metrics: %s", resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "heyan_verdicts_total{") {
			continue
		}
		_, value, _ := strings.Cut(lines.Text(), "} ")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("metrics: %w", err)
		}
		sum += int64(n)
	}
	return sum, lines.Err()
}
