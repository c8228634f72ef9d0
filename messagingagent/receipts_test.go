package messagingagent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Receipts go out one after the other.
func TestReceiptsOneByOne(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("AcceptStatusEvent", "")
		_, stop := x.served()
		time.Sleep(time.Minute)
		x.all()
		for n := range 3 {
			x.notify(".ams.ms.MessagingEventNotification", `{"changes":[`+text(n, "a")+`]}`)
			time.Sleep(time.Second)
		}
		assert.Equal(t, []string{publishing(`{"dialogId":"conv-1","event":{"type":"AcceptStatusEvent","status":"ACCEPT","sequenceList":[0]}}`)}, x.all())
		stop()
	})
}
