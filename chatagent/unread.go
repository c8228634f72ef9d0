package chatagent

import "context"

// Unread reads the events that have come and returns how many lines of the
// visitor Lines has still to yield. Its requests and errors are those of
// [Chat.EventsFrom].
//
// A bot that answers several lines at once sees by it whether to wait for the
// next one. And a bot that hands the chat to another bot should see that it is
// 0, after its last Send: to the Lines of the next agent, what was said before
// that counts as answered.
func (c *Chat) Unread(ctx context.Context) (int, error) {
	if !c.ended() {
		for e, err := range c.eventsAfter(ctx, c.feed.cursor()) { // in pages
			if err != nil {
				return 0, err
			}
			c.feed.add([]Event{e})
		}
	}
	return c.feed.count(c.forLines), nil
}

// forLines tells whether Lines yields e.
func (c *Chat) forLines(e *Event) bool { return e.IsLine(FromVisitor) && e.ID >= c.answered }
