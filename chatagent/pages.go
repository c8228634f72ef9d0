package chatagent

import (
	"context"
	"time"
)

// readAll reads the chat with all its events.
func (c *Chat) readAll(ctx context.Context) (chatData, error) {
	at, url := c.at()
	body, err := readChat(ctx, at, url)
	if err != nil {
		return body, err
	}
	return body, c.readOn(ctx, &body)
}

// readOn completes the events of a chat that was read from its beginning: the
// service may answer them in pages. They are complete when they reach the
// chat's last update, or when there are no more.
func (c *Chat) readOn(ctx context.Context, body *chatData) error {
	last, at := newest(body.Events)
	if last < 0 || at.IsZero() || !at.Before(body.Info.LastUpdate) {
		return nil
	}
	for e, err := range c.eventsAfter(ctx, last) {
		if err != nil {
			return err
		}
		body.Events = append(body.Events, e)
		if !e.Time.IsZero() && !e.Time.Before(body.Info.LastUpdate) {
			return nil
		}
	}
	return nil
}

// newest is the id of the last event and its time, -1 if there is none.
func newest(events []Event) (id int64, at time.Time) {
	id = -1
	for i := range events {
		if e := &events[i]; e.ID > id {
			id, at = e.ID, e.Time
		}
	}
	return id, at
}
