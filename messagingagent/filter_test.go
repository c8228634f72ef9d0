package messagingagent

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

const unsubscribed = `"type":".ams.aam.UnsubscribeExConversations","body":{"subscriptionId":"sub-2"}}`

// Each filter goes out as it stands here, and its subscription ends with the list.
func TestFiltersAsTheyAreSent(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		filter Filter
		want   string // beside the account
	}{
		"nothing": {Filter{}, ``},
		"agents":  {Filter{Agents: []liveperson.UserID{"3550017", "12345678.3550099"}}, `,"agentIds":["12345678.3550017","12345678.3550099"]`},
		"states":  {Filter{States: []State{StateOpen, StateClosed, StateLocked}}, `,"convState":["OPEN","CLOSE","LOCKED"]`},
		"stages":  {Filter{Stages: []Stage{StageOpen, StageClosed}}, `,"stage":["OPEN","CLOSE"]`},
		"one of them": {
			Filter{Consumer: "c0ffee00", Conversation: "conv-1", Skill: "-1"},
			`,"consumerId":"c0ffee00","conversationId":"conv-1","skillId":"-1"`,
		},
		"times": {
			Filter{UpdatedAfter: time.UnixMilli(1700000000001), UpdatedBefore: time.UnixMilli(1700000000002), RespondBefore: time.UnixMilli(1700000000003)},
			`,"minLastUpdatedTime":1700000000001,"maxLastUpdatedTime":1700000000002,"maxETTR":1700000000003`,
		},
		"dialogs": {Filter{DialogTypes: []DialogType{DialogMain, DialogPostSurvey}}, `,"dialogTypes":["MAIN","POST_SURVEY"]`},
		"all": {
			Filter{
				Agents: []liveperson.UserID{"3550017"}, States: []State{StateOpen}, Stages: []Stage{StageOpen}, Consumer: "c0ffee00", Conversation: "conv-1", Skill: "77",
				UpdatedAfter: time.UnixMilli(1), UpdatedBefore: time.UnixMilli(2), RespondBefore: time.UnixMilli(3), DialogTypes: []DialogType{DialogAgent},
			},
			`,"agentIds":["12345678.3550017"],"convState":["OPEN"],"stage":["OPEN"],"consumerId":"c0ffee00","conversationId":"conv-1","skillId":"77",` +
				`"minLastUpdatedTime":1,"maxLastUpdatedTime":2,"maxETTR":3,"dialogTypes":["AGENT"]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(conv("77", eve, "", "")), func(t *testing.T, x *scripted) {
				list, err := x.a.List(t.Context(), row.filter)
				require.NoError(t, err)
				require.Len(t, list, 1)
				assert.Equal(t, liveperson.ConversationID("conv-1"), list[0].ID)
				assert.Equal(t, []string{`"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678"` + row.want + `}}`, unsubscribed}, x.all())
			})
		})
	}
}

// The first notification may come before the answer that names its subscription, or never.
func TestListsThatComeOtherwise(t *testing.T) {
	t.Parallel()
	told := func(id, changes string) string {
		return `{"kind":"notification","type":"cqm.ExConversationChangeNotification","body":{"subScriptionId":"` + id + `","sentTs":1700000130000,"changes":` + changes + `}}`
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		a, p := s.opens(ownConversations)
		defer a.Close()
		type listed struct {
			list []ConversationInfo
			err  error
		}
		done := make(chan listed, 1)
		begin := func() {
			go func() {
				list, err := a.List(t.Context(), Filter{})
				done <- listed{list, err}
			}()
		}
		const asked = `"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678"}}`

		begin()
		p.want(number(5) + asked)
		p.send(told("sub-9", upserts(conv("77", eve, "", ""))[1:len(upserts(conv("77", eve, "", "")))-1])) // one for a list
		p.none()
		p.answer(5, `"code":"OK","type":"cqm.SubscribeExConversationsResponse","body":{"subscriptionId":"sub-9"}`)
		got := <-done
		require.NoError(t, got.err)
		require.Len(t, got.list, 1)
		assert.Equal(t, liveperson.SkillID("77"), got.list[0].Skill)
		p.takes(`"type":".ams.aam.UnsubscribeExConversations","body":{"subscriptionId":"sub-9"}}`, okText)

		for _, answer := range []string{`"code":200,"type":"x","body":{}`, `"code":200,"type":"x"`, `"code":200,"type":"x","body":[7,8]`} {
			begin()
			p.takes(asked, answer)
			assert.ErrorIs(t, (<-done).err, liveperson.ErrMalformed)
			p.none()
		}

		begin()
		p.takes(asked, `"code":400,"type":".ReqBody$StringResp","body":"no"`)
		var e *liveperson.Error
		require.ErrorAs(t, (<-done).err, &e)
		assert.Equal(t, 400, e.Status)
		p.none()

		begin() // and is asked for three times if nothing is told
		var frames []string
		for range 6 {
			frame := p.next()
			head := frameHead.FindStringSubmatch(frame)
			require.NotNil(t, head, frame)
			frames = append(frames, frame[len(head[0]):])
			p.send(`{"kind":"resp","reqId":"`+head[1]+`",`+subscriptionNamed("a")+`}`, told("other", `[]`), told("a", `[`))
		}
		slices.Sort(frames)
		ended := `"type":".ams.aam.UnsubscribeExConversations","body":{"subscriptionId":"a"}}`
		assert.Equal(t, []string{asked, asked, asked, ended, ended, ended}, frames)
		assert.ErrorIs(t, (<-done).err, errNoAnswer)
		p.none()
	})
}
