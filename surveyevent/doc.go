// Package surveyevent receives the events of the post-conversation survey:
// LivePerson calls a function when a survey bot starts ("Messaging Survey
// Started") and when it ends ("Messaging Survey Ended"), and the function can
// hand the event on to a web hook of yours.
//
//	handler := &surveyevent.Handler{
//		Ended: func(ctx context.Context, e *surveyevent.Event) error {
//			return store(ctx, e.ConversationID, e.SurveyID, e.Raw)
//		},
//	}
//	http.Handle("/survey/ended", handler)
//
// [Parse] does the same without HTTP, for code that runs in a function itself.
// The survey after a chat is an event of its own, [ChatSurvey].
//
// # Policy
//
// The two events have the same payload, and it does not say which one it is (see
// https://developers.liveperson.com/liveperson-functions-event-sources-post-conversation-survey.html):
// the handler goes by the request's path, see [Handler]. The payload holds neither questions nor
// answers; read those with package agentsurvey or the reporting APIs.
//
// Payloads are taken with or without the envelope of an invocation, also encoded
// twice, and in all forms that LivePerson's services are known to write values in. Numbers that
// mean "none" (-1, 0) are the zero time. Unknown values pass through, and Raw
// holds the payload as it came.
//
// A request that is not what it should be gets a 4xx with the reason as text
// and reaches no callback. What a callback returns or panics with is logged
// and answered with 500; LivePerson ignores the answer, and "ok" is enough
// for it. Authenticating the sender is up to the code around the handler.
package surveyevent
