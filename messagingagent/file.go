package messagingagent

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// The limits of files, in bytes; see [MaxSize].
const (
	// DefaultMaxUpload is that of [Agent.Upload] and [Conversation.SendFile].
	DefaultMaxUpload = 3 << 20
	// DefaultMaxDownload is that of [Agent.Download].
	DefaultMaxDownload = 16 << 20
)

// maxFilePreview is the longest preview, in bytes of base64: 30 KiB of an image.
const maxFilePreview = 40 << 10

// File is a file to upload.
type File struct {
	// Content is read once, to its end: Size bytes, no more and no less. If it is an
	// io.Seeker, it is read again, from where it stands now, should the first try fail.
	// A Read that is under way when the context ends is left alone.
	Content io.Reader
	Size    int64
	// Type is JPG, JPEG, PNG or GIF; and PDF, TXT, DOCX and others where the account
	// allows them.
	Type string
	// Caption and Preview, a small image in base64, are for the message. Both may be
	// empty.
	Caption string
	Preview string
}

// FileOption sets up [Agent.Upload], [Conversation.SendFile] and [Agent.Download].
type FileOption func(*fileConfig) error

type fileConfig struct{ max int64 }

// MaxSize limits a file, in bytes. Default: [DefaultMaxUpload], and [DefaultMaxDownload].
func MaxSize(bytes int64) FileOption {
	return func(c *fileConfig) error {
		if bytes < 1 {
			return rule("max size", "must be at least 1")
		}
		c.max = bytes
		return nil
	}
}

func fileSettings(op string, standard int64, opts []FileOption) (fileConfig, error) {
	c := fileConfig{standard}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(&c); err != nil {
			return c, named(op, err)
		}
	}
	return c, nil
}

// check tells what would not be taken.
func (f *File) check(op string, limit int64) error {
	bad := func(field, rule string) error { return &liveperson.InputError{Op: op, Field: field, Rule: rule} }
	switch {
	case f.Content == nil:
		return bad("content", "must not be nil")
	case f.Size < 1:
		return bad("fileSize", "must be at least 1")
	case f.Size > limit:
		return bad("fileSize", "must not be over the limit; see MaxSize")
	case f.Type == "" || strings.Trim(f.Type, letterDigits) != "":
		return bad("fileType", "must be letters and digits")
	case len(f.Preview) > maxFilePreview || !utf8.ValidString(f.Preview):
		return bad("preview", "must be base64 of at most 30 KiB")
	}
	info := f.info("/")
	return FileMessage(info).check(op)
}

const letterDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func (f *File) info(path string) FileInfo {
	return FileInfo{Caption: f.Caption, Path: path, Type: strings.ToUpper(f.Type), Preview: f.Preview}
}

// isFilePath tells whether a path may be that of a file in the store.
func isFilePath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && utf8.ValidString(path) &&
		!strings.ContainsAny(path, `?#\`) && !slices.Contains(strings.Split(path, "/"), "..")
}

const filePathRule = "must be a path in the file store, from its root"

// uploadBody asks where a file is to be put.
type uploadBody struct {
	Size int64  `json:"fileSize"`
	Type string `json:"fileType"`
}

// Upload puts a file into the account's file store. What it returns is for [FileMessage];
// nobody is shown the file before that. The account must have the feature.
//
// The file goes to the file store alone, over a URL that the service signs for a minute;
// no error and no log holds it. A file store that fails is tried three times, and a URL
// that is over is replaced once, if Content can be read again. After an error the store
// may hold a file that no message names.
//
// https://developers.liveperson.com/file-sharing-introduction.html
func (a *Agent) Upload(ctx context.Context, f File, opts ...FileOption) (FileInfo, error) {
	return a.upload(ctx, "messagingagent.Upload", f, opts)
}

// SendFile uploads a file and publishes it in the main dialog. Its errors are those of
// [Agent.Upload] and [Conversation.Send].
func (c *Conversation) SendFile(ctx context.Context, f File, opts ...FileOption) (sequence int64, err error) {
	const op = "messagingagent.SendFile"
	if err := c.closed(); err != nil {
		return 0, opError(op, err)
	}
	info, err := c.agent.upload(ctx, op, f, opts)
	if err != nil {
		return 0, err
	}
	return c.Send(ctx, FileMessage(info))
}

func (a *Agent) upload(ctx context.Context, op string, f File, opts []FileOption) (FileInfo, error) {
	cfg, err := fileSettings(op, DefaultMaxUpload, opts)
	if err != nil {
		return FileInfo{}, err
	}
	if err := f.check(op, cfg.max); err != nil {
		return FileInfo{}, err
	}
	t := transfer{agent: a, op: op, method: http.MethodPut, ask: request{
		op: op, typ: ".ams.ms.GenerateURLForUploadFile", body: uploadBody{f.Size, strings.ToUpper(f.Type)}, idempotent: true,
	}}
	body, err := t.run(ctx, newSource(f))
	if err != nil {
		return FileInfo{}, err
	}
	_ = body.Close()
	return f.info(t.path), nil
}

// downloadBody asks where a file is.
type downloadBody struct {
	Path string `json:"relativePath"`
}

// Download reads a file of the account's file store, such as one that a consumer has
// sent: path is [FileInfo].Path. The caller closes what it returns, which fails with
// liveperson.ErrTooLarge beyond [MaxSize], and when nothing comes for 30 s. ctx ends it,
// too.
//
// The service answers 500 for a file that is not there. As for the URL, see
// [Agent.Upload].
//
// https://developers.liveperson.com/file-sharing-introduction.html
func (a *Agent) Download(ctx context.Context, path string, opts ...FileOption) (io.ReadCloser, error) {
	const op = "messagingagent.Download"
	cfg, err := fileSettings(op, DefaultMaxDownload, opts)
	if err != nil {
		return nil, err
	}
	if !isFilePath(path) {
		return nil, &liveperson.InputError{Op: op, Field: "relativePath", Rule: filePathRule}
	}
	t := transfer{agent: a, op: op, method: http.MethodGet, max: cfg.max, ask: request{
		op: op, typ: ".ams.ms.GenerateURLForDownloadFile", body: downloadBody{path},
	}}
	return t.run(ctx, nil)
}
