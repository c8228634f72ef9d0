// Package desk keeps what an agent has in hand: which chats there are and in
// which life, who handles them, what the service says is the agent's, and how
// all of it stops. It knows no endpoint: a [Channel] does, one for each kind of
// chat.
//
// One goroutine, that of [Desk.Run], owns the desk and waits for nothing but its
// inbox. All that takes time runs beside it and reports to it: [Desk.Beside],
// [Desk.Whole] and [Desk.Post].
package desk
