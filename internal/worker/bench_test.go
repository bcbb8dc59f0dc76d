package worker_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"testing"
	"time"

	"heyan/internal/inspect"
	"heyan/internal/sandbox"
	"heyan/internal/worker"
	"heyan/queue"
	"heyan/storage/record"
)

// BenchmarkJob is one job from the queue to its verdict: SQLite with every commit
// on the disk, objects in a folder, a child a package, and every package with
// bytes of its own and a signature that holds. Beside it the same work without the
// child, and as a library call.
func BenchmarkJob(b *testing.B) {
	for _, mode := range []struct {
		name    string
		analyze inspect.AnalyzeFunc
	}{{"sandbox", sandbox.Analyzer(sandbox.Required)}, {"in-process", inspect.Analyze}} {
		for _, slots := range []int{1, 2, 3} {
			b.Run(fmt.Sprintf("%s/slots-%d", mode.name, slots), func(b *testing.B) {
				e := newEnv(b)
				whole := signedPackage(b)
				list := make([]sent, b.N)
				for i := range list {
					list[i] = e.submit(submission{data: vary(whole, i), filing: filingFor("school.apk"), unpublished: true})
				}
				c := e.config()
				c.Analyze, c.Slots, c.Log = mode.analyze, slots, nil
				ended := make(chan worker.Ending, b.N)
				c.Metrics = endings(ended)
				e.start(c)
				b.ResetTimer()
				for _, s := range list {
					e.publish(queue.Interactive, s.job)
				}
				for range list {
					if end := <-ended; end != worker.EndJudged {
						b.Fatal(end)
					}
				}
				b.StopTimer()
				e.ended(list[0], record.StateJudged)
			})
		}
	}
}

// endings are metrics that look at ends alone.
type endings chan worker.Ending

func (e endings) Ended(_ queue.Lane, end worker.Ending, _ time.Duration) { e <- end }

func (endings) Started(queue.Lane, time.Duration)      {}
func (endings) StageEnded(worker.Stage, time.Duration) {}
func (endings) Judged(string)                          {}
func (endings) ChildStopped()                          {}
func (endings) FactsLooked(bool)                       {}
func (endings) Republished(queue.Lane, int)            {}

func signedPackage(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("../../testdata/apk/school.apk")
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// vary gives a signed package bytes of its own: a pair more in its signing block,
// which no signature covers.
func vary(whole []byte, n int) []byte {
	const magic, other = "APK Sig Block 42", 0x68657961
	le := binary.LittleEndian
	at := bytes.LastIndex(whole, []byte(magic))
	end := bytes.LastIndex(whole, []byte("PK\x05\x06"))
	size := le.Uint64(whole[at-8:])
	start := at + len(magic) - int(size)
	pair := le.AppendUint64(nil, 12)
	pair = le.AppendUint32(pair, other)
	pair = le.AppendUint64(pair, uint64(n))
	out := bytes.Clone(whole[:start-8])
	out = le.AppendUint64(out, size+uint64(len(pair)))
	out = append(append(out, whole[start:at-8]...), pair...)
	out = le.AppendUint64(out, size+uint64(len(pair)))
	out = append(out, whole[at:]...)
	eocd := out[end+len(pair):]
	le.PutUint32(eocd[16:], le.Uint32(eocd[16:])+uint32(len(pair)))
	return out
}
