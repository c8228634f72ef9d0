package messagingagent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// fileStore is a file store of literal answers.
type fileStore struct {
	early    bool // it answers before it has read what comes
	mu       sync.Mutex
	requests []string
	answers  []func(w http.ResponseWriter) // in turn, the last one again and again
}

// ServeHTTP notes a request as it came, and answers it.
func (s *fileStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.early {
		s.answers[0](w)
		return
	}
	body, err := io.ReadAll(r.Body)
	text := &strings.Builder{}
	_, _ = fmt.Fprintf(text, "%s %s %s\nHost: %s\nContent-Length: %d\n", r.Method, r.RequestURI, r.Proto, r.Host, r.ContentLength)
	_ = r.Header.WriteSubset(text, map[string]bool{"Content-Length": true})
	_, _ = fmt.Fprintf(text, "\n%s", body)
	if err != nil {
		text.WriteString(" and no more")
	}
	s.mu.Lock()
	s.requests = append(s.requests, strings.ReplaceAll(text.String(), "\r\n", "\n"))
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	s.mu.Unlock()
	answer(w)
}

// came are the requests that came, and clears them.
func (s *fileStore) came() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

func (s *fileStore) says(answers ...func(w http.ResponseWriter)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = answers
}

func status(code int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if code/100 == 3 {
			w.Header().Set("Location", "http://evil.test/v1/other")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// cut is a connection that ends without an answer.
func cut(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// inStore is inScript with a file store.
func inStore(t *testing.T, f func(t *testing.T, x *scripted, s *fileStore)) {
	t.Helper()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		s := &fileStore{answers: []func(http.ResponseWriter){status(201, "")}}
		x.s.store = s.ServeHTTP
		x.says("GenerateURL", placed)
		f(t, x, s)
	})
}

const (
	placed    = `"code":200,"type":".ams.ms.GenerateURLForUploadFile$Response","body":{"relativePath":"/v1/AUTH_a/x%20y.jpeg","queryParams":{"temp_url_sig":"s1g/+=","temp_url_expires":"1700000060"}}`
	uploading = `"type":".ams.ms.GenerateURLForUploadFile","body":{"fileSize":5,"fileType":"JPEG"}}`
	putting   = "PUT /v1/AUTH_a/x%20y.jpeg?temp_url_sig=s1g%2F%2B%3D&temp_url_expires=1700000060 HTTP/1.1\nHost: lp.test\nContent-Length: 5\nAccept-Encoding: gzip\nUser-Agent: " + liveperson.UserAgent + "\n\n<cat>"
	fetching  = `"type":".ams.ms.GenerateURLForDownloadFile","body":{"relativePath":"/v1/AUTH_a/<x>.jpeg"}}`
	getting   = "GET /v1/AUTH_a/x%20y.jpeg?temp_url_sig=s1g%2F%2B%3D&temp_url_expires=1700000060 HTTP/1.1\nHost: lp.test\nContent-Length: 0\nAccept-Encoding: gzip\nUser-Agent: " + liveperson.UserAgent + "\n\n"
)

// cat is a file that can be read again, if it may.
func cat(seeks bool) File {
	f := File{Content: bytes.NewReader([]byte("<cat>")), Size: 5, Type: "jpeg", Caption: "a cat", Preview: "cHI="}
	if !seeks {
		f.Content = io.MultiReader(f.Content)
	}
	return f
}

func catInfo() FileInfo {
	return FileInfo{Caption: "a cat", Path: "/v1/AUTH_a/x%20y.jpeg", Type: "JPEG", Preview: "cHI="}
}

// unsigned fails if what allows a request to the file store is in an error.
func unsigned(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"s1g", "1700000060", "temp_url"} {
		assert.NotContains(t, printed(err), secret)
	}
	leaks(t, printed(err))
}

// A file is put where the service says, with nothing but what it says: no bearer.
func TestUploadAsItIsSent(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
		for _, code := range []int{201, 200} {
			s.says(status(code, ""))
			info, err := x.a.Upload(t.Context(), cat(code == 200))
			require.NoError(t, err)
			assert.Equal(t, catInfo(), info)
			assert.Equal(t, []string{uploading}, x.all())
			assert.Equal(t, []string{putting}, s.came())
		}
		c := x.open()
		x.says("PublishEvent", sequenced(`17`))
		n, err := c.SendFile(t.Context(), cat(false))
		require.NoError(t, err)
		assert.Equal(t, int64(17), n)
		assert.Equal(t, []string{uploading, publishing(`{"dialogId":"conv-1","event":{"type":"ContentEvent","contentType":"hosted/file","message":` +
			`{"caption":"a cat","relativePath":"/v1/AUTH_a/x%20y.jpeg","fileType":"JPEG","preview":"cHI="}}}`)}, x.all())
		assert.Equal(t, []string{putting}, s.came())
	})
}

// Where a file goes, in all forms in which that may be said.
func TestPlacesOfFiles(t *testing.T) {
	t.Parallel()
	const ok = `"code":200,"type":"x","body":`
	for answer, uri := range map[string]string{
		ok + `{"relativePath":"/v1/x","queryParams":{"b":"2","a":1700000060}}`:       "/v1/x?b=2&a=1700000060",
		ok + `[{"relativePath":"/v1/x","queryParams":{"sig":"<a b>&c=d"},"more":7}]`: "/v1/x?sig=%3Ca+b%3E%26c%3Dd",
		ok + `{"relativePath":"/v1/@evil.test/x","queryParams":{"s":"1"}}`:           "/v1/@evil.test/x?s=1",
		ok + `{"relativePath":"/v1/x"}`:                                              "",
		ok + `{"relativePath":"/v1/x","queryParams":{}}`:                             "",
		ok + `{"relativePath":"/v1/x","queryParams":null}`:                           "",
		ok + `{"relativePath":"/v1/x","queryParams":"s=1"}`:                          "",
		ok + `{"relativePath":"/v1/x","queryParams":[{"s":"1"}]}`:                    "",
		ok + `{"relativePath":"/v1/x","queryParams":["s","1"]}`:                      "",
		ok + `{"relativePath":"/v1/x","queryParams":{"s":{"t":"1"}}}`:                "",
		ok + `{"relativePath":"/v1/x","queryParams":{"s":null}}`:                     "",
		ok + `{"relativePath":"/v1/x","queryParams":{"":"1"}}`:                       "",
		ok + `{"relativePath":"/v1/x?a=b","queryParams":{"s":"1"}}`:                  "",
		ok + `{"relativePath":"/v1/x#a","queryParams":{"s":"1"}}`:                    "",
		ok + `{"relativePath":"/v1/%zz","queryParams":{"s":"1"}}`:                    "",
		ok + `{"relativePath":"@evil.test/x","queryParams":{"s":"1"}}`:               "",
		ok + `{"relativePath":".evil.test/x","queryParams":{"s":"1"}}`:               "",
		ok + `{"relativePath":"http://evil.test/x","queryParams":{"s":"1"}}`:         "",
		ok + `{"queryParams":{"s":"1"}}`:                                             "",
		ok + `"OK"`:                                                                  "",
		`"code":200,"type":"x"`:                                                      "",
		ok + `{"relativePath":null}`:                                                 "",
	} {
		inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
			x.says("GenerateURL", answer)
			_, err := x.a.Upload(t.Context(), cat(true))
			requests := s.came()
			if uri == "" {
				require.ErrorIs(t, err, liveperson.ErrMalformed, answer)
				var e *liveperson.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, "messagingagent.Upload", e.Op)
				assert.NotContains(t, printed(err), "evil")
				assert.Empty(t, requests)
				return
			}
			require.NoError(t, err, answer)
			require.Len(t, requests, 1)
			assert.True(t, strings.HasPrefix(requests[0], "PUT "+uri+" HTTP/1.1\nHost: lp.test\n"), requests[0])
		})
	}
}

// What the file store answers otherwise, and what is done then.
func TestFileStoreThatFails(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answers []func(http.ResponseWriter)
		once    bool  // the content can be read once
		is      error // nil: it is there in the end
		status  int
		tries   int
	}{
		"the URL is over":             {[]func(http.ResponseWriter){status(401, "over"), status(201, "")}, false, nil, 0, 2},
		"each URL is over":            {[]func(http.ResponseWriter){status(401, "over")}, false, liveperson.ErrUnauthorized, 401, 2},
		"the URL is over, read once":  {[]func(http.ResponseWriter){status(401, "over")}, true, liveperson.ErrUnauthorized, 401, 1},
		"a failure":                   {[]func(http.ResponseWriter){status(503, "oops"), status(201, "")}, false, nil, 0, 2},
		"failures":                    {[]func(http.ResponseWriter){status(500, "oops")}, false, liveperson.ErrUnavailable, 500, 3},
		"a failure, read once":        {[]func(http.ResponseWriter){status(503, "oops")}, true, liveperson.ErrUnavailable, 503, 1},
		"too many":                    {[]func(http.ResponseWriter){status(429, "wait"), status(408, "late"), status(201, "")}, false, nil, 0, 3},
		"a cut":                       {[]func(http.ResponseWriter){cut, status(201, "")}, false, nil, 0, 2},
		"cuts":                        {[]func(http.ResponseWriter){cut}, false, io.EOF, 0, 3},
		"a cut, read once":            {[]func(http.ResponseWriter){cut}, true, io.EOF, 0, 1},
		"it is forbidden":             {[]func(http.ResponseWriter){status(403, "no")}, false, liveperson.ErrForbidden, 403, 1},
		"it is too large":             {[]func(http.ResponseWriter){status(413, "no")}, false, nil, 413, 1},
		"elsewhere, where none looks": {[]func(http.ResponseWriter){status(307, "")}, false, liveperson.ErrRedirected, 307, 1},
		"a page of a proxy":           {[]func(http.ResponseWriter){status(200, "<html>log in")}, false, liveperson.ErrMalformed, 200, 1},
		"nothing":                     {[]func(http.ResponseWriter){status(204, "")}, false, liveperson.ErrMalformed, 204, 1},
		"a part":                      {[]func(http.ResponseWriter){status(206, "")}, false, liveperson.ErrMalformed, 206, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
				s.says(row.answers...)
				info, err := x.a.Upload(t.Context(), cat(!row.once))
				if row.is == nil && row.status == 0 {
					require.NoError(t, err)
					assert.Equal(t, catInfo(), info)
				} else {
					if row.is != nil {
						require.ErrorIs(t, err, row.is)
					}
					var e *liveperson.Error
					require.ErrorAs(t, err, &e)
					assert.Equal(t, "messagingagent.Upload", e.Op)
					assert.Equal(t, "PUT", e.Method)
					assert.Equal(t, "http://lp.test/v1/AUTH_a/x%20y.jpeg", e.URL)
					assert.Equal(t, row.status, e.Status)
					assert.Equal(t, row.tries, e.Tries)
					unsigned(t, err)
				}
				var frames, requests []string
				for range row.tries {
					frames, requests = append(frames, uploading), append(requests, putting)
				}
				assert.Equal(t, requests, s.came())
				assert.Equal(t, frames, x.all(), "each try has a URL of its own")
			})
		})
	}
}

// A file store that answers before it can have the file does not have it.
func TestFileStoreThatAnswersTooEarly(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
		s.early = true
		content := io.MultiReader(strings.NewReader(strings.Repeat("x", 700_000)), iotest.ErrReader(errors.New("the disk is broken")))
		_, err := x.a.Upload(t.Context(), File{Content: content, Size: 2_000_000, Type: "PNG"})
		time.Sleep(time.Second) // the server closes the connection
		require.Error(t, err)
		unsigned(t, err)
	})
}

// The service refuses to say where.
func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
		x.says("GenerateURL", `"code":403,"type":".ReqBody$StringResp","body":"The feature is off"`)
		_, err := x.a.Upload(t.Context(), cat(true))
		var e *liveperson.Error
		require.ErrorAs(t, err, &e)
		require.ErrorIs(t, err, liveperson.ErrForbidden)
		assert.Equal(t, "The feature is off", e.Message)
		assert.Equal(t, "messagingagent.Upload", e.Op)
		x.says("GenerateURL", `"code":500,"type":"x","body":"not there"`)
		_, err = x.a.Download(t.Context(), "/v1/AUTH_a/<x>.jpeg")
		require.ErrorIs(t, err, liveperson.ErrUnavailable)
		assert.Equal(t, []string{uploading, fetching}, x.all(), "a 500 says that there is no such file")
		x.says("GenerateURL", "")
		_, err = x.a.Download(t.Context(), "/v1/AUTH_a/<x>.jpeg")
		require.Error(t, err)
		assert.Equal(t, []string{fetching, fetching, fetching}, x.all())
		x.says("GenerateURL", "", `"code":500,"type":"x","body":"oops"`, placed)
		_, err = x.a.Upload(t.Context(), cat(true))
		require.NoError(t, err)
		assert.Equal(t, []string{uploading, uploading, uploading}, x.all())
		assert.Len(t, s.came(), 1)
	})
}

// Content that is not what was said of it does not get there.
func TestContentOfAnotherSize(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	theirs := &liveperson.InputError{Op: "cats.Read", Field: "cat", Rule: "must purr"}
	for name, row := range map[string]struct {
		content io.Reader
		rule    string
		is      error
	}{
		"too short":                           {strings.NewReader("<ca"), "must not be shorter than its size", liveperson.ErrInvalidInput},
		"too long":                            {strings.NewReader("<cat> "), "must not be longer than its size", liveperson.ErrInvalidInput},
		"broken":                              {io.MultiReader(strings.NewReader("<c"), reader{broken}), "", broken},
		"with an error that says whose it is": {reader{theirs}, "", theirs},
		"broken at last":                      {io.MultiReader(strings.NewReader("<cat>"), reader{broken}), "", broken},
		"broken, although it could be read again": {struct {
			io.Reader
			io.Seeker
		}{io.MultiReader(strings.NewReader("<c"), reader{broken}), strings.NewReader("")}, "", broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
				file := cat(true)
				file.Content = row.content
				_, err := x.a.Upload(t.Context(), file)
				require.ErrorIs(t, err, row.is)
				unsigned(t, err)
				if row.rule != "" {
					var input *liveperson.InputError
					require.ErrorAs(t, err, &input)
					assert.Equal(t, &liveperson.InputError{Op: "messagingagent.Upload", Field: "content", Rule: row.rule}, input)
				}
				assert.Equal(t, []string{uploading}, x.all())
				time.Sleep(time.Second)
				for _, r := range s.came() {
					assert.True(t, strings.HasSuffix(r, " and no more"), r)
				}
			})
		})
	}
}

// reader fails.
type reader struct{ err error }

func (r reader) Read([]byte) (int, error) { return 0, r.err }

// A file may be as large as the limit.
func TestFilesOfTheLargestSize(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
		file := cat(true)
		file.Content, file.Size = strings.NewReader("x"), 1
		_, err := x.a.Upload(t.Context(), file, MaxSize(1))
		require.NoError(t, err)
		assert.Len(t, s.came(), 1)
	})
}

// What is refused before anything is sent.
func TestFilesThatAreNotSent(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
		for _, row := range []struct {
			change func(f *File)
			opts   []FileOption
			field  string
			rule   string
		}{
			{func(f *File) { f.Content = nil }, nil, "content", "must not be nil"},
			{func(f *File) { f.Size = 0 }, nil, "fileSize", "must be at least 1"},
			{func(f *File) { f.Size = 3<<20 + 1 }, nil, "fileSize", "must not be over the limit; see MaxSize"},
			{func(*File) {}, []FileOption{nil, MaxSize(4)}, "fileSize", "must not be over the limit; see MaxSize"},
			{func(*File) {}, []FileOption{MaxSize(0)}, "max size", "must be at least 1"},
			{func(f *File) { f.Type = "" }, nil, "fileType", "must be letters and digits"},
			{func(f *File) { f.Type = "a/b" }, nil, "fileType", "must be letters and digits"},
			{func(f *File) { f.Preview = strings.Repeat("x", 40<<10+1) }, nil, "preview", "must be base64 of at most 30 KiB"},
			{func(f *File) { f.Preview = "\xff" }, nil, "preview", "must be base64 of at most 30 KiB"},
			{func(f *File) { f.Caption = "\xff" }, nil, "file", "must be UTF-8"},
		} {
			f := cat(true)
			row.change(&f)
			_, err := x.a.Upload(t.Context(), f, row.opts...)
			var input *liveperson.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, &liveperson.InputError{Op: "messagingagent.Upload", Field: row.field, Rule: row.rule}, input)
		}
		for path, opts := range map[string][]FileOption{"": nil, "\xff": nil, "/x": {MaxSize(-1)}} {
			_, err := x.a.Download(t.Context(), path, opts...)
			var input *liveperson.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, "messagingagent.Download", input.Op)
		}
		assert.Empty(t, x.all())
		_, err := x.a.Upload(t.Context(), cat(true), MaxSize(5))
		require.NoError(t, err)
		assert.Len(t, s.came(), 1)
	})
}

// A file is read from where the service says.
func TestDownloadAsItIsSent(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
		s.says(status(200, "<cat>"))
		for _, opts := range [][]FileOption{nil, {MaxSize(5)}} {
			body, err := x.a.Download(t.Context(), "/v1/AUTH_a/<x>.jpeg", opts...)
			require.NoError(t, err)
			n, err := body.Read(nil)
			require.NoError(t, err)
			assert.Zero(t, n)
			data, err := io.ReadAll(body)
			require.NoError(t, err)
			require.NoError(t, body.Close())
			assert.Equal(t, "<cat>", string(data))
			assert.Equal(t, []string{fetching}, x.all())
			assert.Equal(t, []string{getting}, s.came())
		}
	})
}

// flushed sends a part, and then does more.
func flushed(part string, then func()) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, part)
		_ = http.NewResponseController(w).Flush()
		then()
	}
}

// What a download meets.
func TestDownloadsThatFail(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answers []func(http.ResponseWriter)
		is      error // of Download
		read    error // of reading
		text    string
		tries   int
	}{
		"the URL is over":     {[]func(http.ResponseWriter){status(401, ""), status(200, "<cat>")}, nil, nil, "<cat>", 2},
		"each URL is over":    {[]func(http.ResponseWriter){status(401, "")}, liveperson.ErrUnauthorized, nil, "", 2},
		"a failure":           {[]func(http.ResponseWriter){status(502, ""), cut, status(200, "<cat>")}, nil, nil, "<cat>", 3},
		"failures":            {[]func(http.ResponseWriter){status(502, "")}, liveperson.ErrUnavailable, nil, "", 3},
		"it is not there":     {[]func(http.ResponseWriter){status(404, "")}, liveperson.ErrNotFound, nil, "", 1},
		"elsewhere":           {[]func(http.ResponseWriter){status(302, "")}, liveperson.ErrRedirected, nil, "", 1},
		"too large":           {[]func(http.ResponseWriter){status(200, "<cat>!!")}, liveperson.ErrTooLarge, nil, "", 1},
		"too large, unsaid":   {[]func(http.ResponseWriter){flushed("<ca", func() {}), flushed("<cat>!", func() {})}, nil, nil, "<ca", 1},
		"too large, not said": {[]func(http.ResponseWriter){flushed("<cat>!!", func() {})}, nil, liveperson.ErrTooLarge, "<cat>!", 1},
		"cut off":             {[]func(http.ResponseWriter){flushed("<c", func() { panic(http.ErrAbortHandler) })}, nil, io.ErrUnexpectedEOF, "<c", 1},
		"it stands still":     {[]func(http.ResponseWriter){flushed("<c", func() { time.Sleep(time.Minute) })}, nil, liveperson.ErrUnavailable, "<c", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
				s.says(row.answers...)
				body, err := x.a.Download(t.Context(), "/v1/AUTH_a/<x>.jpeg", MaxSize(6))
				if row.is != nil {
					require.ErrorIs(t, err, row.is)
					var e *liveperson.Error
					require.ErrorAs(t, err, &e)
					assert.Equal(t, "messagingagent.Download", e.Op)
					assert.Equal(t, "GET", e.Method)
					assert.Equal(t, row.tries, e.Tries)
					unsigned(t, err)
				} else {
					require.NoError(t, err)
					data, err := io.ReadAll(body)
					if row.read != nil {
						require.ErrorIs(t, err, row.read)
						unsigned(t, err)
					} else {
						require.NoError(t, err)
					}
					assert.Equal(t, row.text, string(data))
					_ = body.Close()
				}
				var want []string
				for range row.tries {
					want = append(want, getting)
				}
				assert.Equal(t, want, s.came())
				time.Sleep(2 * time.Minute)
			})
		})
	}
}

// A store that does not answer is given up, and the caller may do so before.
func TestFileStoreThatIsSilent(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
		s.says(func(http.ResponseWriter) { time.Sleep(time.Minute) })
		began := time.Now()
		_, err := x.a.Upload(t.Context(), cat(true))
		require.ErrorIs(t, err, errStalled)
		unsigned(t, err)
		assert.InDelta(t, 93*time.Second, time.Since(began), float64(2*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = x.a.Download(ctx, "/v1/AUTH_a/<x>.jpeg")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		unsigned(t, err)
		time.Sleep(2 * time.Minute)
		assert.Len(t, s.came(), 4)
	})
}

// Content that does not come holds nobody up who has given up.
func TestContentThatIsSilent(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, s *fileStore) {
		file := cat(true)
		r, w := io.Pipe()
		file.Content = r
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // which is how long that may take
		defer cancel()
		began := time.Now()
		_, err := x.a.Upload(ctx, file)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		unsigned(t, err)
		assert.Equal(t, time.Hour, time.Since(began))
		assert.Equal(t, []string{uploading}, x.all())
		_ = w.Close()
	})
}

// The caller's context ends an upload that has not been stored, and is why it failed; one that
// has been stored by then is a success.
func TestUploadsThatEndWithTheirContext(t *testing.T) {
	t.Parallel()
	inStore(t, func(t *testing.T, x *scripted, _ *fileStore) {
		ctx, cancel := context.WithCancel(t.Context())
		x.s.puts = func(r *http.Request) (*http.Response, error) {
			_, err := io.Copy(io.Discard, r.Body)
			assert.NoError(t, err)
			cancel()
			return &http.Response{StatusCode: http.StatusCreated, Body: http.NoBody, Request: r}, nil
		}
		info, err := x.a.Upload(ctx, cat(true))
		require.NoError(t, err)
		assert.Equal(t, catInfo(), info)

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		x.s.puts = func(r *http.Request) (*http.Response, error) {
			_, err := io.Copy(io.Discard, r.Body)
			return nil, err
		}
		content, more := io.Pipe()
		_, err = x.a.Upload(ctx, File{Content: content, Size: 5, Type: "jpeg"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		unsigned(t, err)
		require.NoError(t, more.Close())
	})
}
