// Package agentsurvey speaks the Agent Survey for Messaging Runtime API: the
// survey that an agent fills in about a conversation.
//
//	surveys, err := agentsurvey.New(session)
//	survey, err := surveys.State(ctx, agentsurvey.Ref{Conversation: id, Skill: "42"})
//	form := survey.Form()
//	err = form.Answer(survey.Questions[0].ID, agentsurvey.Choice(11))
//	result, err := surveys.Submit(ctx, form)
//
// A [Form] is the survey as a person fills it: it knows which questions the
// answers have opened, what is still missing, and checks each answer before it
// is sent. It may be used by several goroutines, and travels as JSON.
//
// The service hands a survey out in sequences: from one question to the first
// whose answer decides how it goes on. [Client.Continue] loads what the answers
// lead to, and Save and Submit do so by themselves. A survey whose questions
// lead in a circle, or to one that does not exist, is a [*GraphError].
//
// # Writes never overwrite a colleague's
//
// [Client.Save], [Client.Submit] and [Client.Dismiss] carry the revision that
// the form was read with. If the state has moved on, the service answers 409,
// and the client reads the state again and merges it with the form, question
// by question: what only one side changed is taken over, what both changed in
// the same way is fine. It then sends the result with the new revision, up to
// five times (retry.MaxConflicts). Where both changed a question in
// different ways, or one side answered what the other side's answer hides, the
// merge function decides ([WithMerge]), and without one the call returns a
// [*ConflictError] and sends nothing more. A survey that a colleague submitted
// or dismissed meanwhile is a [*ClosedError], which matches [ErrSubmitted] or
// [ErrDismissed]; it is never submitted over.
//
// If the answer to a write is lost (a reset, a time-out, a 5xx), the state is
// read after 5, 15 and 30 s, as long as it takes to know. If it shows what was
// sent, the write is a success and the Result says Verified. If it shows nothing
// of it, the write is sent again, with the same revision, so that it cannot be
// made twice. If it shows something else where the write changed something, that
// may be a colleague's or this very write, stored in another form: the call then
// returns an [*UnconfirmedError] with the state, and nothing more is sent. Such a
// call, and one that gave up early, leaves a mark in the form: the next call
// begins by looking.
//
// # Versions
//
// The API has two versions. In 1.0 all agents share one state, and each write
// carries a revision. In 2.0 each agent and each agent manager has a saved
// state of their own, and a save carries no revision. [V2] is the default: it
// is the newer one and what the one public client of this API, LivePerson's
// node-agent-sdk, sends with every call. Choose V1 where several agents work
// on one survey together.
//
// Version 2.0 shows each agent their own answers even when someone else's were
// submitted. So if the answer to a submission is lost, and the answers had all
// been saved before it, the state cannot tell who submitted: that is an
// UnconfirmedError too.
//
// The API is described at
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-overview.html.
package agentsurvey
