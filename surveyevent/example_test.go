package surveyevent_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/liveperson-community/liveperson-go/surveyevent"
)

func ExampleHandler() {
	handler := &surveyevent.Handler{
		Started: func(_ context.Context, e *surveyevent.Event) error {
			fmt.Println("survey", e.SurveyID, "of conversation", e.ConversationID, "has started")
			return nil
		},
		Ended: func(_ context.Context, e *surveyevent.Event) error {
			fmt.Println("survey", e.SurveyID, "of conversation", e.ConversationID, "has ended at question", e.LastQuestionID)
			return nil
		},
	}
	mux := http.NewServeMux()
	mux.Handle("/survey/", handler)

	// What a function hands on when the survey bot has come to its end.
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/survey/ended", strings.NewReader(
		`{"headers":[],"payload":{"conversationId":"fb84c76d","surveyId":3387141511,"lastQuestionId":"2741eea2","effectiveTTR":-1}}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output:
	// survey 3387141511 of conversation fb84c76d has ended at question 2741eea2
	// 200 ok
}

func ExampleParse() {
	e, err := surveyevent.Parse([]byte(`{"conversationId":"fb84c76d","startTs":1551702813390,"ttr":{"ttrType":"URGENT","value":300}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.ConversationID, e.Start, e.TTR.Type)
	// Output: fb84c76d 2019-03-04 12:33:33.39 +0000 UTC URGENT
}
