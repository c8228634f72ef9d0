package messagingagent

import (
	"context"
	"time"
)

// receipt is one that waits to be sent.
type receipt struct {
	dialog  DialogID
	status  ReceiptStatus
	numbers []int64
}

// receiptLimit is how long a receipt may take to be sent.
const receiptLimit = 30 * time.Second

// acknowledges tells whether receipts go out by themselves. c.mu is held.
func (c *Conversation) acknowledges() bool {
	return c.end == alive && c.desk != nil && c.desk.handler != nil && !c.desk.cfg.noReceipts
}

// arrived says of the messages that wait for the handler that they have come. c.mu is
// held.
func (c *Conversation) arrived() {
	if !c.acknowledges() {
		return
	}
	var list []receipt
	for i := range c.pending {
		e := &c.pending[i]
		p := c.progressOf(e.DialogID)
		if !e.isFromConsumer() || e.Sequence < c.from(e) || e.Sequence <= p.accepted {
			continue
		}
		p.accepted = e.Sequence
		if n := len(list); n > 0 && list[n-1].dialog == e.DialogID {
			list[n-1].numbers = append(list[n-1].numbers, e.Sequence)
		} else {
			list = append(list, receipt{e.DialogID, ReceiptAccept, []int64{e.Sequence}})
		}
	}
	c.acknowledge(list...)
}

// read says of the messages that the handler has taken that they were read: it asks for
// the next one, or has said something. c.mu is held.
func (c *Conversation) read() {
	if !c.acknowledges() {
		return
	}
	for id, p := range c.progress {
		if len(p.unread) > 0 {
			c.acknowledge(receipt{id, ReceiptRead, p.unread})
			p.unread = nil
		}
	}
}

// acknowledge sends receipts, one after the other. That one is not sent harms nobody.
// c.mu is held.
func (c *Conversation) acknowledge(list ...receipt) {
	if c.receipts = append(c.receipts, list...); c.posting || len(c.receipts) == 0 {
		return
	}
	c.posting = true
	c.agent.beside(func(ctx context.Context) {
		for r, ok := c.nextReceipt(); ok; r, ok = c.nextReceipt() {
			ctx, cancel := context.WithTimeout(ctx, receiptLimit)
			_, err := c.agent.link.do(ctx, requestReceipt("messagingagent.Receipt", r.dialog, r.status, r.numbers))
			if err != nil {
				c.agent.log.Debug("a receipt was not sent", "conversation", c.id, "err", err)
			}
			cancel()
		}
	})
}

func (c *Conversation) nextReceipt() (r receipt, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.receipts) == 0 || c.end != alive {
		c.receipts, c.posting = nil, false
		return r, false
	}
	r = c.receipts[0]
	c.receipts = c.receipts[1:]
	return r, true
}
