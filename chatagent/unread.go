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
	for !c.ended() { // the events may come in pages
		known := c.feed.cursor()
		events, err := c.EventsFrom(ctx, known+1)
		if err != nil {
			return 0, err
		}
		c.feed.add(events)
		if c.feed.cursor() == known {
			break
		}
	}
	return c.feed.count(c.forLines), nil
}

// forLines tells whether Lines yields e.
func (c *Chat) forLines(e *Event) bool { return e.IsLine(FromVisitor) && e.ID >= c.answered }
