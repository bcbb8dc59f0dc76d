package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Check implements queue.Checker. INFO says all there is to know; CONFIG is often
// forbidden.
func (q *Queue) Check(ctx context.Context) (string, error) {
	if err := q.open(); err != nil {
		return "", err
	}
	info := map[string]string{}
	for _, section := range []string{"server", "memory"} {
		text, err := q.client.Info(ctx, section).Result()
		if err != nil {
			return "", q.failed("check", err)
		}
		for line := range strings.Lines(text) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
				info[key] = value
			}
		}
	}
	name := "redis " + info["redis_version"]
	if valkey := info["valkey_version"]; valkey != "" {
		name = "valkey " + valkey
	}
	if err := modern(info["redis_version"]); err != nil {
		return name, err
	}
	// Streams never expire: a policy that evicts only what would cannot reach them.
	policy := info["maxmemory_policy"]
	if policy != "" && policy != "noeviction" && !strings.HasPrefix(policy, "volatile-") {
		return name, fmt.Errorf("redis queue: maxmemory-policy is %q, under which the server throws away messages when memory is short: set it to noeviction", policy)
	}
	return name, nil
}

// modern: XAUTOCLAIM came with 6.2.
func modern(version string) error {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, err := strconv.Atoi(major)
	if err != nil {
		return fmt.Errorf("redis queue: the server says its version is %q", version)
	}
	b, err := strconv.Atoi(minor)
	if err != nil || a < 6 || a == 6 && b < 2 {
		return fmt.Errorf("redis queue: the server is version %s, 6.2 or newer is needed", version)
	}
	return nil
}
