package main

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// The test binary is the child when a soak starts it.
func TestMain(m *testing.M) {
	apart.Main(openWorld)
	goleak.VerifyTestMain(m)
}
