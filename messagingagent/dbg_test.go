package messagingagent_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/liveperson-community/liveperson-go/messagingagent"
)

func dbg(*testing.T) messagingagent.Option {
	if os.Getenv("DBG") == "" {
		return nil
	}
	return messagingagent.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})))
}
