package messaging_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

func TestProfiles(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		w.svc.Consumer(messaging.Consumer{ID: "ada", Name: "Ada", SDEs: []byte(`[{"type":"ctmrinfo", "info":{"customerId":"1"}}]`)})
		me := `{"userId":"12345678.7","firstName":"bot","lastName":"","nickName":"bot","avatarUrl":"","role":"","backgndImgUri":"","description":"","privateData":{"mobileNum":"","mail":"","pushNotificationData":null}}`
		require.Equal(t, me, k.ok("1", ".ams.userprofile.GetUserProfile", `{"userId":""}`))
		require.Equal(t, strings.NewReplacer("12345678.7", "12345678.8", "bot", "mate").Replace(me), k.ok("2", "up.GetUserProfile", `"12345678.8"`))
		require.Equal(t, `{"userId":"ada","firstName":"Ada","lastName":"","nickName":"Ada","avatarUrl":"","role":"","backgndImgUri":"","description":"",`+
			`"privateData":{"mobileNum":"","mail":"","pushNotificationData":null},"claims":{"lp_sdes":[{"type":"ctmrinfo","info":{"customerId":"1"}}],"iss":""},`+
			`"authenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{"customerId":"1"}}]},"acr":"loa1"}`, k.ok("3", "userprofile.GetUserProfile", `{"userId":"ada"}`))
		require.Equal(t, `"OK"`, k.ok("4", ".ams.userprofile.SetUserProfile", `{"userId":"12345678.7","firstName":"Botty","privateData":{"mail":"b@x"}}`))
		require.Equal(t, strings.NewReplacer(`"firstName":"bot"`, `"firstName":"Botty"`, `{"mobileNum":"","mail":"","pushNotificationData":null}`, `{"mail":"b@x"}`).Replace(me),
			k.ok("5", ".ams.userprofile.GetUserProfile", `{"userId":"12345678.7"}`))
		for i, row := range []struct {
			name, body string
			code       int
		}{
			{".ams.userprofile.GetUserProfile", `{"userId":"nobody"}`, 404},
			{".ams.userprofile.GetUserProfile", `{}`, 400},
			{".ams.userprofile.SetUserProfile", `{"userId":"12345678.8"}`, 403},
			{".ams.userprofile.SetUserProfile", `{"claims":{}}`, 400},
			{".ams.userprofile.SetUserProfile", `{"firstName":7}`, 400},
		} {
			code, _ := k.ask("r"+string(rune('a'+i)), row.name, row.body)
			require.Equal(t, row.code, code, row.body)
		}
		w.svc.SetVariants(messaging.VariantProfileList)
		require.Equal(t, `[{"type":"personal","personal":{"firstname":"Ada","lastname":""}},{"type":"ctmrinfo","info":{"customerId":"ada","userName":"Ada"}},`+
			`{"type":"ctmrinfo","info":{"customerId":"1"}}]`, k.ok("6", ".ams.userprofile.GetUserProfile", `{"userId":"ada"}`))
	})
}

func TestRequestConversation(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		w.svc.Consumer(messaging.Consumer{ID: "ada"})
		body := `{"channelType":"MESSAGING","consumerId":"ada","skillId":"42","conversationContext":{"type":"ProactiveContext","originConversationId":"conv-0"}}`
		id := between(k.ok("1", ".ams.cm.AgentRequestConversation", body), `"conversationId":"`)
		again := between(k.ok("2", ".ams.cm.AgentRequestConversation", body), `"conversationId":"`)
		require.NotEqual(t, id, again)
		conv := w.svc.Conversation(id)
		require.Equal(t, "bot", conv.Assigned())
		require.Equal(t, "Billing", conv.Skill())
		require.Equal(t, "ada", conv.ConsumerID())
		k.ok("3", ".ams.aam.SubscribeExConversations", `{"conversationId":"`+id+`"}`)
		require.Contains(t, k.until("ExConv"), `"context":{"type":"ProactiveContext","originConversationId":"conv-0"}`)
		w.svc.SetVariants(messaging.VariantRequestUnassigned)
		id = between(k.ok("4", ".ams.cm.AgentRequestConversation", `{"channelType":"MESSAGING","consumerId":"ada"}`), `"conversationId":"`)
		require.Empty(t, w.svc.Conversation(id).Assigned())
		for i, row := range []struct {
			body string
			code int
		}{
			{`{"consumerId":"ada"}`, 400},
			{`{"channelType":"MESSAGING"}`, 400},
			{`{"channelType":"MESSAGING","consumerId":"ada","brandId":"1"}`, 400},
			{`{"channelType":"MESSAGING","consumerId":"eve"}`, 404},
			{`{"channelType":"MESSAGING","consumerId":"ada","skillId":"x"}`, 400},
			{`{"channelType":"MESSAGING","consumerId":"ada","skillId":77}`, 404},
		} {
			code, _ := k.ask("r"+string(rune('a'+i)), ".ams.cm.AgentRequestConversation", row.body)
			require.Equal(t, row.code, code, row.body)
		}
	})
}

// call makes one request of the file store.
func (w *world) call(method, target, body string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, "https://lptest.liveperson.net"+target, strings.NewReader(body))
	require.NoError(w.t, err)
	resp, err := w.srv.Client().Do(req)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return resp.StatusCode, string(data)
}

func signed(text string) string {
	return between(text, `"relativePath":"`) + "?temp_url_sig=" + between(text, `"temp_url_sig":"`) + "&temp_url_expires=" + between(text, `"temp_url_expires":"`)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		text := k.ok("1", ".ams.ms.GenerateURLForUploadFile", `{"fileSize":4,"fileType":"JPEG"}`)
		path := between(text, `"relativePath":"`)
		require.Equal(t, `{"relativePath":"`+path+`","queryParams":{"temp_url_sig":"`+between(text, `"temp_url_sig":"`)+`","temp_url_expires":"946684860"}}`, text)
		require.Regexp(t, `^/v1/AUTH_async/[0-9a-f]{24}\.jpeg$`, path)
		_, there := w.svc.File(path)
		require.False(t, there)
		code, said := k.ask("2", ".ams.ms.GenerateURLForDownloadFile", `{"relativePath":"`+path+`"}`)
		require.Equal(t, 500, code)
		require.Equal(t, `"The file is not there"`, said)
		put := signed(text)
		code, _ = w.call("PUT", put, "meow")
		require.Equal(t, 201, code)
		data, there := w.svc.File(path)
		require.True(t, there)
		require.Equal(t, "meow", string(data))
		get := signed(k.ok("3", "ms.GenerateURLForDownloadFile", `{"relativePath":"`+path+`"}`))
		code, said = w.call("GET", get, "")
		require.Equal(t, 200, code)
		require.Equal(t, "meow", said)
		for _, target := range []string{put, path, path + "?temp_url_sig=x&temp_url_expires=946684860", get + "1", "/v1/AUTH_async/x" + get[len(path):]} {
			code, _ = w.call("GET", target, "")
			require.Equal(t, 401, code, target)
		}
		code, _ = w.call("PUT", put, strings.Repeat("x", 3<<20+1))
		require.Equal(t, 413, code)
		w.svc.AddFault(messaging.Fault{Type: "PutFile", Code: 503, Times: 1})
		code, _ = w.call("PUT", put, "purr")
		require.Equal(t, 503, code)
		w.svc.AddFault(messaging.Fault{Type: "PutFile", Kind: messaging.FaultClose, After: true, Times: 1})
		code, _ = w.call("PUT", put, "purr")
		require.Equal(t, 0, code)
		data, _ = w.svc.File(path)
		require.Equal(t, "purr", string(data))
		w.svc.AddFault(messaging.Fault{Type: "GetFile", Kind: messaging.FaultDelay, Delay: time.Second, Times: 1})
		begun := time.Now()
		code, _ = w.call("GET", get, "")
		require.Equal(t, 200, code)
		require.Equal(t, time.Second, time.Since(begun))
		time.Sleep(59 * time.Second)
		for _, target := range []string{get, put} {
			code, _ = w.call("GET", target, "")
			require.Equal(t, 401, code, "a minute is over")
		}
		for _, r := range w.srv.Requests(lptest.OpFilePut, lptest.OpFileGet) {
			require.Empty(t, r.Query)
		}
		require.Equal(t, 2, w.srv.CountStatus(lptest.OpFilePut, 201)+w.srv.CountStatus(lptest.OpFilePut, 413))
		k = w.dial(w.bot)
		for i, body := range []string{`{}`, `{"fileSize":0,"fileType":"JPEG"}`, `{"fileSize":"3145729","fileType":"JPEG"}`, `{"fileSize":"4","fileType":"EXE"}`} {
			code, _ = k.ask("r"+string(rune('a'+i)), ".ams.ms.GenerateURLForUploadFile", body)
			require.Equal(t, 400, code, body)
		}
		code, _ = k.ask("none", ".ams.ms.GenerateURLForDownloadFile", `{}`)
		require.Equal(t, 400, code)
		code, _ = w.call("GET", signed(k.ok("up", ".ams.ms.GenerateURLForUploadFile", `{"fileSize":"4","fileType":"png"}`)), "")
		require.Equal(t, 401, code)
	})
}
