package chatagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A context that cannot end is served until the login session ends.
func TestServeWithAContextThatCannotEnd(t *testing.T) {
	t.Parallel()
	type key struct{}
	for _, c := range []struct {
		name string
		ctx  context.Context
	}{
		{"Background", context.Background()}, //nolint:usetesting // that is the test
		{"TODO", context.TODO()},             //nolint:usetesting // that is the test
		{"WithoutCancel", context.WithoutCancel(t.Context())},
		{"WithValue", context.WithValue(context.Background(), key{}, 1)}, //nolint:usetesting // that is the test
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				agent := f.agents[0]
				served := make(chan error, 1)
				go func() { served <- agent.Serve(c.ctx, chatagent.HandlerFunc(echo)) }()
				logout := func() { _ = agent.Login().Logout(context.WithoutCancel(t.Context())) }
				defer logout() // also after a failure
				time.Sleep(time.Minute)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				line, err := v.WaitLine(ctx, 1)
				require.NoError(t, err)
				assert.Equal(t, "You said: hello", line.Text)
				v.Leave()
				time.Sleep(time.Minute) // no chat runs
				select {
				case err := <-served:
					t.Fatal("Serve has returned", err)
				default:
				}
				logout()
				require.Error(t, <-served)
			})
		})
	}
}
