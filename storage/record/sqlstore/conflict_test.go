package sqlstore_test

import (
	"fmt"
	"sync"
	"testing"

	"heyan/storage/record/sqlstore"
)

// Two transactions of PostgreSQL that wait for each other, as a repair (blobs, then
// submissions) and an expiry (submissions, then blobs) may: one is chosen to fail, and
// is made again.
func TestDeadlockIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := opened(t, postgresConfig(t))
	exchanged(t, s, 4, []string{
		`UPDATE numbers SET n = n + 1 WHERE id = 1`,
		`UPDATE numbers SET n = n + 1 WHERE id = 2`,
	}, []string{
		`UPDATE numbers SET n = n + 1 WHERE id = 2`,
		`UPDATE numbers SET n = n + 1 WHERE id = 1`,
	})
}

// So are two that could not have followed one another.
func TestSerializationFailureIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := opened(t, postgresConfig(t))
	list := []string{
		`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`,
		`SELECT n FROM numbers`,
		`UPDATE numbers SET n = n + 1 WHERE id = 1`,
	}
	exchanged(t, s, 2, list, list)
}

// exchanged runs two lists of statements at once, one of which has to be made again,
// and fails unless both took place once: then the numbers add up to want.
func exchanged(t *testing.T, s *sqlstore.Store, want int, lists ...[]string) {
	t.Helper()
	for _, statement := range []string{
		`CREATE TABLE numbers (id bigint PRIMARY KEY, n bigint NOT NULL)`,
		`INSERT INTO numbers VALUES (1, 0), (2, 0)`,
	} {
		if _, err := sqlstore.Writer(s).ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var here, done sync.WaitGroup
	here.Add(len(lists))
	tries, errs := make([]int, len(lists)), make([]error, len(lists))
	for i, list := range lists {
		done.Go(func() {
			tries[i], errs[i] = sqlstore.Exchange(t.Context(), s, func() { here.Done(); here.Wait() }, list...)
		})
	}
	done.Wait()
	if got := fmt.Sprint(errs); got != "[<nil> <nil>]" {
		t.Fatal(got)
	}
	if tries[0]+tries[1] < 3 {
		t.Fatalf("tries %v: they were not in each other's way", tries)
	}
	var sum int
	if err := sqlstore.Writer(s).QueryRowContext(t.Context(), `SELECT sum(n) FROM numbers`).Scan(&sum); err != nil {
		t.Fatal(err)
	}
	if sum != want {
		t.Errorf("sum %d, want %d", sum, want)
	}
}
