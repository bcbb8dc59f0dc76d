package httpapi

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"heyan/internal/submit"
	"heyan/queue"
	"heyan/rules/filing"
	"heyan/storage/blob"
	"heyan/storage/record"
)

const (
	// maxField is how long a part other than the filing and the package may be.
	maxField = 1 << 10
	// maxPreface bounds all that may come before the package, the parts' heads
	// included.
	maxPreface = filing.MaxSize + 64<<10
	// bodyBuffer is read from the connection at once. mime/multipart itself reads
	// 4 KiB at a time; this keeps that from being a system call each.
	bodyBuffer = 256 << 10
	// partRead is the least that is handed on of a package at once.
	partRead = 64 << 10
)

// form reads a multipart/form-data body: the fields and the filing, then the
// package, which is the last part and is not read here.
type form struct {
	parts    *multipart.Reader
	preface  *prefaceReader
	closing  []byte
	request  submit.Request
	seen     map[string]bool
	fileName string
}

// errMultipart says what is wrong with the parts.
func errMultipart(zh, en string, cause error) error {
	return refuse(CodeMultipartInvalid, text{zh, en}, cause)
}

// readForm reads the parts up to the package.
func readForm(r *http.Request, boundary string) (*form, *multipart.Part, error) {
	p := &prefaceReader{r: bufio.NewReaderSize(r.Body, bodyBuffer), left: maxPreface}
	f := &form{parts: multipart.NewReader(p, boundary), preface: p, closing: []byte("\n--" + boundary + "--"), seen: map[string]bool{}}
	for {
		part, err := f.next()
		if err == io.EOF { //nolint:errorlint // as next returns it
			return nil, nil, f.incomplete()
		}
		if err != nil {
			return nil, nil, err
		}
		if part.FormName() == "package" {
			if !f.seen["filing"] {
				return nil, nil, errMultipart("package 部分之前必须先有 filing 部分，请调整顺序后重发",
					"the part filing comes before the part package: change the order and send it again", nil)
			}
			p.free()
			f.fileName = part.FileName()
			return f, part, nil
		}
		if err := f.field(part); err != nil {
			return nil, nil, err
		}
	}
}

// incomplete says which part did not come.
func (f *form) incomplete() error {
	if !f.seen["filing"] {
		return errMultipart("缺少 filing 部分", "the part filing is missing", nil)
	}
	return errMultipart("缺少 package 部分；若要稍后上传安装包，请以 application/json 只提交备案信息",
		"the part package is missing; to upload the package later, submit the filing alone as application/json", nil)
}

// next returns the next part. A body that does not hold together is the client's
// fault, one that ends early was cut.
func (f *form) next() (*multipart.Part, error) {
	part, err := f.parts.NextRawPart()
	switch {
	case err == nil:
		return part, checkPart(part)
	case err == io.EOF: // a wrapped one is a body without its end
		return nil, io.EOF
	}
	return nil, f.preface.blame(err)
}

// blame tells what a client did wrong from a body that could not be read: where the
// body itself failed that is the reason, whatever its reader made of it.
func (p *prefaceReader) blame(err error) error {
	if p.failed != nil {
		err = p.failed
	}
	var known *submit.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &large):
		return refuse(submit.CodeTooLarge, text{}, err)
	case errors.Is(err, io.EOF): // the body is whole, its parts are not
		// Not wrapped: to whoever reads the package io.EOF is its end.
		return errMultipart("multipart 正文没有结束边界", "the multipart body has no closing boundary", errors.New(err.Error()))
	case strings.HasPrefix(err.Error(), "multipart:"), strings.HasPrefix(err.Error(), "malformed MIME"), errors.Is(err, multipart.ErrMessageTooLarge):
		return errMultipart("multipart 正文格式有误，请检查 boundary 和各部分的头", "the multipart body is malformed: check the boundary and the parts' headers", err)
	}
	return refuse(submit.CodeUploadCut, text{}, err)
}

// checkPart refuses encodings that browsers and RFC 7578 do not know.
func checkPart(part *multipart.Part) error {
	switch strings.ToLower(part.Header.Get("Content-Transfer-Encoding")) {
	case "", "binary", "7bit", "8bit":
		return nil
	}
	return errMultipart("不支持 Content-Transfer-Encoding，请直接发送二进制内容",
		"Content-Transfer-Encoding is not supported: send the bytes as they are", nil)
}

// field takes one part before the package.
func (f *form) field(part *multipart.Part) error {
	name := part.FormName()
	if f.seen[name] {
		return errMultipart("有重复的部分，每个部分只能出现一次", "a part came twice: each may come once", nil)
	}
	f.seen[name] = true
	limit := int64(maxField)
	if name == "filing" {
		limit = filing.MaxSize
	}
	value, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return f.preface.blame(err)
	}
	if int64(len(value)) > limit {
		return errPreface()
	}
	switch name {
	case "filing":
		f.request.Filing = value
	case "purpose":
		f.request.Purpose = record.Purpose(value)
	case "lane":
		f.request.Lane = queue.Lane(value)
	case "supersedes":
		f.request.Supersedes = string(value)
	default:
		return errMultipart("有未知的部分；可用的部分是 filing、purpose、lane、supersedes、package",
			"there is an unknown part; the parts are filing, purpose, lane, supersedes, package", nil)
	}
	return nil
}

func errPreface() error {
	return refuse(CodeBodyTooLarge, text{
		"备案信息或字段过长，请缩短后重发",
		"the filing or a field is too long: shorten it and send it again"}, nil)
}

// upload is the package of a form as the use cases read it: large pieces, and its
// end only when the whole body has ended as it should.
func (f *form) upload(part *multipart.Part) submit.Upload {
	return submit.Upload{
		Package: &partReader{form: f, part: part}, Size: blob.UnknownSize, FileName: f.fileName,
	}
}

type partReader struct {
	form *form
	part *multipart.Part
	err  error
}

// Read fills at least partRead of p where it can. What follows the package must be
// the end of the body: a cut right behind the last byte is a cut too.
func (r *partReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := io.ReadAtLeast(r.part, p, min(len(p), partRead))
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF), n > 0 && errors.Is(err, io.ErrUnexpectedEOF):
		r.err = r.end()
	default:
		r.err = r.form.preface.blame(err)
	}
	return n, r.err
}

// end looks behind the package, or finds out why its part ended.
func (r *partReader) end() error {
	// ReadAtLeast tells a part that ended from one that was cut with the same error.
	if _, err := r.part.Read(make([]byte, 1)); err != io.EOF { //nolint:errorlint // a Part ends with io.EOF itself
		return r.form.preface.blame(err)
	}
	_, err := r.form.next()
	switch {
	case err == nil:
		return errMultipart("package 必须是最后一个部分", "package must be the last part", nil)
	case err != io.EOF: //nolint:errorlint // as next returns it
		return err
	}
	// An epilogue is allowed; more than a little is not.
	p := r.form.preface
	if n, err := io.CopyN(io.Discard, p, maxField); err == nil || n == maxField {
		return errMultipart("正文在结束边界之后还有内容", "there is more behind the closing boundary", nil)
	} else if err != io.EOF { //nolint:errorlint // a body ends with io.EOF itself
		return r.form.preface.blame(err)
	}
	// mime/multipart takes "--boundary" and the end of the body for the end of the
	// form as well: a body that was cut there must not pass.
	if !bytes.Contains(p.tail, r.form.closing) {
		return p.blame(io.EOF)
	}
	return io.EOF
}

// prefaceReader bounds what is read before the package begins, and remembers the
// last of what it read.
type prefaceReader struct {
	r      io.Reader
	left   int64 // negative: no bound
	tail   []byte
	failed error // what reading gave, but for io.EOF
}

// maxTail is twice what mime/multipart reads at a time: the closing boundary is in
// it unless more follows than an epilogue.
const maxTail = 8 << 10

func (p *prefaceReader) free() { p.left = -1 }

func (p *prefaceReader) Read(b []byte) (int, error) {
	if p.left == 0 {
		p.failed = errPreface()
		return 0, p.failed
	}
	if p.left > 0 {
		b = b[:min(int64(len(b)), p.left)]
	}
	n, err := p.r.Read(b)
	if p.left > 0 {
		p.left -= int64(n)
	}
	if err != nil && err != io.EOF {
		p.failed = err
	}
	p.remember(b[:n])
	return n, err
}

func (p *prefaceReader) remember(b []byte) {
	b = b[max(len(b)-maxTail, 0):]
	if over := len(p.tail) + len(b) - maxTail; over > 0 {
		p.tail = p.tail[:copy(p.tail, p.tail[over:])]
	}
	p.tail = append(p.tail, b...)
}

// mediaType returns a request's content type and its boundary where it has one.
func mediaType(r *http.Request) (kind, boundary string) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", ""
	}
	return kind, params["boundary"]
}
