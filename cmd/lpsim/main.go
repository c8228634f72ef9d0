// Lpsim serves fake LivePerson services, so that a bot in any language can be
// tried without an account: the Domain API, the Login Service API, the Chat
// Agent API, the messaging service and the Agent Survey for Messaging Runtime API.
//
// When it listens it prints one line of JSON on standard output, which says
// where it is, who may log in and with which skills; its log goes to standard error.
// It ends on SIGINT and SIGTERM.
//
//	lpsim [-listen 127.0.0.1:0] [-account 12345678] [-visitors N] [-consumers N]
//	      [-script FILE] [-messaging-faults FILE] [-messaging-variant NAMES]
//	      [-cookies strict|lenient] [-faults FILE] [-variants] [-variant NAMES]
//	      [-stored NAMES] [-stored-answers NAMES] [-seed N] [-forget 1h]
//	      [-ca-out FILE] [-plain] [-many-logins] [-session-idle TIME]
//	      [-ringing-lag TIME]
//
// With -visitors, that many visitors start a chat as soon as an agent is
// Online. Each opens with the first line of the script, says the next one for
// each line of the agent, and leaves when it has no more to say. With -consumers,
// that many consumers of the messaging service do the same in a conversation as
// soon as an agent is ONLINE there, and close it at the end. A script is a text
// file with a line for each line; empty lines and those that start with # are
// skipped. The file for -faults holds JSON as POST /_sim/faults takes it, that
// for -messaging-faults as POST /_sim/messagingfaults does. A name that is not known is an
// error that lists those that are.
// See package lptest for the control API under /_sim/.
//
// The ids of chats are drawn from the -seed, 0 by default: after a restart the same
// ones come again, for other chats. Give each start another seed if your program
// remembers them.
//
// A program that uses this module needs one option to work with it, also over
// https with the certificate that lpsim makes for itself:
//
//	lpsim -listen 127.0.0.1:8443 -visitors 2
//
//	chatagent.Run(ctx, "12345678", creds, handler,
//		chatagent.WithLogin(login.WithTestServer("https://127.0.0.1:8443", nil)))
//
// On messaging likewise:
//
//	lpsim -listen 127.0.0.1:8443 -consumers 2
//
//	messagingagent.Run(ctx, "12345678", creds, handler,
//		messagingagent.WithLogin(login.WithTestServer("https://127.0.0.1:8443", nil)))
//
// More consumers come, and what became of their conversations is told, by
//
//	curl -k https://127.0.0.1:8443/_sim/conversations -d '{"consumer":"Ada","skill":"Sales","text":"Hello!"}'
//	curl -k https://127.0.0.1:8443/_sim/conversations
//
// Each conversation has an agent survey, which can be filled in while it runs and for some
// time after it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
