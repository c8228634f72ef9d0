// Package messaging is the fake messaging service behind lptest.Server: the
// websocket that agents and bots of an account speak, the consumers on the
// other side, and colleagues. lptest.Server.Messaging returns the account's
// Service; bearers, users, skills and surveys are the server's.
//
//	srv := lptest.NewMemory()
//	defer srv.Close()
//	srv.AddAgent(lptest.Agent{LoginName: "bot@brand", Password: "secret", Skills: []string{"Sales"}, MaxChats: 3})
//	go run(ctx, …) // the bot under test
//
//	ada := srv.Messaging().Consumer(messaging.Consumer{Name: "Ada", Skill: "Sales", FirstMessage: "Do you have it in blue?"})
//	if err := ada.WaitAgent(ctx); err != nil {
//		t.Fatal(err)
//	}
//	m, err := ada.WaitMessage(ctx, 1) // the bot's first message
//	…
//	ada.Close()
//	for _, f := range srv.Messaging().Frames() { // every frame, both ways
//		t.Log(f.Socket, f.In, f.Text)
//	}
//
// # What it does
//
// A socket opens at wss://{host}/ws_api/account/{account}/messaging/brand/{bearer}?v=2.1,
// where host is what the Domain API names for asyncMessagingEnt or facadeMsg;
// without a live bearer the opening is answered 401. An open socket outlives its
// bearer. Requests may have the older type names (.ams.ms.PublishEvent) or the newer
// ones (ms.PublishEvent) and are answered in kind. A request whose form is not the
// documented one is refused with 400, a thing that is not known with 404, what
// came too late with 409, another user's with 403. A socket that is silent for 60 s is
// dropped (see WithSilence).
//
// A conversation rings once its consumer has written, at an agent who is ONLINE,
// has a socket, serves the skill and is below his limit, lptest.Agent.MaxChats. A
// ring waits for 72 s (WithRing). Rejected or expired, it goes to another agent,
// or after 10 s back to the same one (WithRingPause). OCCUPIED agents are asked
// for transferred conversations only. Subscriptions end with their socket, and without
// one a user is OFFLINE; his conversations stay his.
//
// Sequences count for each dialog from 0, content and receipts together. Events
// go live to the sockets of all users who take part, of their sender too; a
// subscription tells the whole state of a conversation after each change, and
// with a DELETE that it no longer matches.
//
// Where nobody knows what the service does, this one decides so, and Variant and
// the options change it: newerThanSequence and olderThanSequence are exclusive;
// every user may query; private messages come back to their sender; the ring of
// an agent that ended is told by a DELETE; a suggested agent is told by a ring
// and has 60 s; who asks for a conversation (AgentRequestConversation) is assigned
// to it; the metadata of a request comes with its event.
//
// # Faults and variants
//
// Service.AddFault makes requests, openings, file transfers and notifications
// go wrong; FaultKind lists how. WithVariants and Service.SetVariants change the
// form of frames. Draws come from the server's seed: the same seed and the same
// calls give the same run.
//
// # Others
//
// Service.Colleague acts as a user without a socket, also as the agent under
// test, as a second process with the same user would. Service.CloseSockets and
// DropSockets end connections, SetAvailability changes a user's state from outside,
// Requeue takes a conversation away. All clocks are those of package time, and
// whoever waits is durably blocked in the sense of testing/synctest.
package messaging
