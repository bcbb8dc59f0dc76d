package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"heyan/internal/batch"
	"heyan/internal/report"
	"heyan/rules"
)

// sink takes the results of a run of several packages and writes them in the
// chosen format. It keeps no more than the format needs: a report that has been
// written, or turned into text, is let go.
type sink struct {
	app     *app
	flags   checkFlags
	dir     string // one report file a package, where not empty
	files   []string
	results []batch.Result
	details map[int][]byte // text reports of what does not pass
	failed  error
}

// newSink prepares for the items; the folder is made at once, so that a run does
// not end for want of it.
func (a *app) newSink(flags checkFlags, items []batch.Item) (*sink, error) {
	s := &sink{app: a, flags: flags, results: make([]batch.Result, len(items)), details: map[int][]byte{}}
	if !isFolder(flags) {
		return s, nil
	}
	s.dir = flags.output
	s.files = reportFiles(items, formats()[flags.format].extension)
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, failf(err, "不能建立文件夹 %q：%v", "cannot make the folder %q: %v", s.dir, err)
	}
	return s, nil
}

// isFolder reports whether --output is a folder: one that is there, a name that
// ends as one, or a format of which a file holds one report.
func isFolder(flags checkFlags) bool {
	if flags.output == "" || flags.output == "-" {
		return false
	}
	info, err := os.Stat(flags.output)
	return err == nil && info.IsDir() || os.IsPathSeparator(flags.output[len(flags.output)-1]) || flags.format == "html"
}

// reportFiles names a file for each item: the package's, after the folders that
// it is in where others have that name too.
func reportFiles(items []batch.Item, extension string) []string {
	files := make([]string, len(items))
	taken := map[string]bool{"summary.txt": true, "summary.json": true}
	for i, it := range items {
		base := filepath.Base(it.Package.Path)
		name := base + extension
		if taken[strings.ToLower(name)] {
			name = strings.ReplaceAll(strings.Trim(filepath.ToSlash(it.Package.Rel), "/"), "/", "_") + extension
		}
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s-%d%s", base, n, extension)
		}
		taken[strings.ToLower(name)] = true
		files[i] = name
	}
	return files
}

// take takes one result. batch.Runner calls it for one at a time.
func (s *sink) take(i int, r batch.Result) {
	switch {
	case r.Report == nil:
	case s.dir != "":
		r.ReportFile = s.files[i]
		if err := s.file(s.files[i], func(w io.Writer) error { return s.one(w, r) }); err != nil && s.failed == nil {
			s.failed = err
		}
		r.Report = nil
	case s.flags.format == "text":
		if r.Verdict != rules.Pass {
			var text bytes.Buffer
			// Writing into memory does not fail.
			_ = batch.Heading(&text, r, s.textOptions())
			_ = s.one(&text, r)
			s.details[i] = text.Bytes()
		}
		r.Report = nil
	}
	s.results[i] = r
}

func (s *sink) one(w io.Writer, r batch.Result) error {
	return s.app.render(w, s.flags, []*report.Named{{Name: r.Package, Report: r.Report}})
}

func (s *sink) file(name string, write func(io.Writer) error) error {
	return s.app.write(filepath.Join(s.dir, name), write)
}

func (s *sink) textOptions() batch.TextOptions {
	opt := s.app.textOptions("", s.flags.output)
	return batch.TextOptions{Lang: opt.Lang, Color: opt.Color}
}

// finish writes the whole.
func (s *sink) finish(doc *batch.Document) error {
	switch {
	case s.failed != nil:
		return s.failed
	case s.dir != "":
		return s.folder(doc)
	case s.flags.format == "json":
		return s.app.write(s.flags.output, func(w io.Writer) error { return report.Encode(w, doc) })
	case s.flags.format == "text":
		return s.app.write(s.flags.output, func(w io.Writer) error { return s.text(w, doc) })
	}
	var reports []*report.Named
	for _, r := range doc.Results {
		if r.Report != nil {
			reports = append(reports, &report.Named{Name: r.Package, Report: r.Report})
		}
	}
	return s.app.write(s.flags.output, func(w io.Writer) error { return s.app.render(w, s.flags, reports) })
}

// folder adds the summary to the reports, and shows it.
func (s *sink) folder(doc *batch.Document) error {
	plain := batch.TextOptions{Lang: s.app.lang}
	if err := s.file("summary.txt", func(w io.Writer) error { return batch.Text(w, doc, plain) }); err != nil {
		return err
	}
	if err := s.file("summary.json", func(w io.Writer) error { return report.Encode(w, doc) }); err != nil {
		return err
	}
	shown := plain
	shown.Color = s.app.textOptions("", "").Color
	return s.app.write("", func(w io.Writer) error { return batch.Text(w, doc, shown) })
}

// text is the summary and the reports of what does not pass.
func (s *sink) text(w io.Writer, doc *batch.Document) error {
	if err := batch.Text(w, doc, s.textOptions()); err != nil {
		return err
	}
	for i := range doc.Results {
		detail, ok := s.details[i]
		if !ok {
			continue
		}
		if _, err := w.Write(append(detail, '\n')); err != nil {
			return err
		}
	}
	return nil
}
