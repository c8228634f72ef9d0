package messaging

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FilePath is how the paths of files begin on the file store's host.
const FilePath = "/v1/AUTH_async/"

// fileTypes are the types of files that may be uploaded.
var fileTypes = []string{"JPG", "JPEG", "PNG", "GIF", "PDF", "TXT", "DOCX", "PPTX", "XLSX"}

// file is a place in the file store.
type file struct {
	data   []byte
	stored bool
	signed map[string]signature // what a signature allows
}

type signature struct {
	method  string
	expires int64 // s
}

func (r *request) generateURLForUploadFile() answer {
	var in struct {
		FileSize *whole `json:"fileSize"`
		FileType string `json:"fileType"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	switch {
	case in.FileSize == nil || *in.FileSize < 1:
		return fail(http.StatusBadRequest, "fileSize is missing")
	case int(*in.FileSize) > r.s.cfg.maxFile:
		return fail(http.StatusBadRequest, "The file is too large")
	case !slices.Contains(fileTypes, strings.ToUpper(in.FileType)):
		return fail(http.StatusBadRequest, "The type of the file is not supported")
	}
	path, f := r.s.newFile(in.FileType)
	return r.s.sign(path, f, http.MethodPut)
}

func (r *request) generateURLForDownloadFile() answer {
	var in struct {
		RelativePath string `json:"relativePath"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	if in.RelativePath == "" {
		return fail(http.StatusBadRequest, "relativePath is missing")
	}
	f := r.s.files[in.RelativePath]
	if f == nil || !f.stored {
		return fail(http.StatusInternalServerError, "The file is not there")
	}
	return r.s.sign(in.RelativePath, f, http.MethodGet)
}

func (s *Service) newFile(kind string) (string, *file) {
	path := FilePath + s.token("file", 24) + "." + strings.ToLower(kind)
	f := &file{signed: map[string]signature{}}
	s.files[path] = f
	return path, f
}

// sign allows one method on a file for a while.
func (s *Service) sign(path string, f *file, method string) answer {
	sig := s.token("signature", 40)
	expires := time.Now().Add(s.cfg.fileURL).Unix()
	f.signed[sig] = signature{method, expires}
	return ok(object{{"relativePath", path}, {"queryParams", object{
		{"temp_url_sig", sig}, {"temp_url_expires", strconv.FormatInt(expires, 10)},
	}}})
}

// ServeFile answers a PUT or GET of the file store. told is called with the
// answer's status, 0 if there is none.
func (s *Service) ServeFile(w http.ResponseWriter, r *http.Request, told func(user string, status int)) {
	name := "GetFile"
	if r.Method == http.MethodPut {
		name = "PutFile"
	}
	say := func(status int, kind string, body []byte) {
		told("", status)
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.cfg.maxFile)))
	var large *http.MaxBytesError
	if err != nil && !errors.As(err, &large) {
		told("", 0)
		panic(http.ErrAbortHandler) // the client broke off
	}
	s.enter()
	f := s.strike(name, "", nil)
	s.mu.Unlock()
	if f != nil && f.Delay > 0 && !s.pause(r.Context(), f.Delay) {
		told("", 0)
		panic(http.ErrAbortHandler)
	}
	status, body := 0, []byte(nil)
	if f == nil || f.Kind == FaultDelay || f.After {
		status, body = s.file(r, data, large != nil)
	}
	switch {
	case f != nil && f.Kind == FaultRefuse:
		say(f.code(http.StatusServiceUnavailable), "text/plain; charset=utf-8", []byte(f.text("The file store is not available")))
	case f != nil && f.Kind == FaultClose:
		told("", 0)
		panic(http.ErrAbortHandler)
	case status/100 == 2:
		say(status, "application/octet-stream", body)
	default:
		say(status, "text/html; charset=utf-8", []byte("<html><h1>"+http.StatusText(status)+"</h1></html>"))
	}
}

// file makes what a request to the file store asks for.
func (s *Service) file(r *http.Request, data []byte, tooLarge bool) (int, []byte) {
	s.enter()
	defer s.mu.Unlock()
	f := s.files[r.URL.EscapedPath()]
	query := r.URL.Query()
	if f == nil {
		return http.StatusUnauthorized, nil
	}
	signed, isSigned := f.signed[query.Get("temp_url_sig")]
	switch {
	case !isSigned, signed.method != r.Method,
		query.Get("temp_url_expires") != strconv.FormatInt(signed.expires, 10), time.Now().Unix() >= signed.expires:
		return http.StatusUnauthorized, nil
	case tooLarge:
		return http.StatusRequestEntityTooLarge, nil
	case r.Method == http.MethodPut:
		f.data, f.stored = data, true
		return http.StatusCreated, nil
	case !f.stored:
		return http.StatusNotFound, nil
	}
	return http.StatusOK, bytes.Clone(f.data)
}

// File returns what was uploaded under a relative path.
func (s *Service) File(relativePath string) ([]byte, bool) {
	s.enter()
	defer s.mu.Unlock()
	f := s.files[relativePath]
	if f == nil || !f.stored {
		return nil, false
	}
	return bytes.Clone(f.data), true
}

// AddFile puts a file into the store, as a consumer does, and returns its
// relative path. kind is its type, such as "JPEG".
func (s *Service) AddFile(kind string, data []byte) string {
	s.enter()
	defer s.mu.Unlock()
	path, f := s.newFile(kind)
	f.data, f.stored = bytes.Clone(data), true
	return path
}

// SendFile has the consumer send a file, and returns the message's sequence and
// the file's relative path.
func (c *Conversation) SendFile(kind, caption string, data []byte) (int, string) {
	path := c.s.AddFile(kind, data)
	body := encoder{}.encode(object{{"type", "ContentEvent"}, {"contentType", "hosted/file"}, {"message", object{
		{"caption", caption}, {"relativePath", path}, {"fileType", strings.ToUpper(kind)}, {"preview", ""},
	}}})
	return c.add("ContentEvent", body, toAll, nil), path
}
