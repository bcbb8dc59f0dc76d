package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// repack writes the workbook with its parts in a fixed order: excelize keeps the
// streamed sheets in a map, and the same workbook would differ from run to run.
// Compressed parts are copied as they are.
func repack(w io.Writer, file *excelize.File) error {
	buf, err := file.WriteToBuffer()
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	r, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		return fmt.Errorf("read workbook back: %w", err)
	}
	// "[Content_Types].xml", by which programs know the format, comes first.
	slices.SortFunc(r.File, func(a, b *zip.File) int { return strings.Compare(partKey(a.Name), partKey(b.Name)) })
	out := zip.NewWriter(w)
	for _, part := range r.File {
		if err := out.Copy(part); err != nil {
			return fmt.Errorf("write part %q: %w", part.Name, err)
		}
	}
	return out.Close()
}

func partKey(name string) string { return strings.Replace(name, "[Content_Types].xml", "\x00", 1) }
