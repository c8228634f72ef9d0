package apart

import (
	"runtime"
	"runtime/metrics"
	"time"
)

// usageCommand asks the child for its Usage.
const usageCommand = "apart.usage"

// Usage is what a process has used so far.
type Usage struct {
	CPU        time.Duration `json:"cpu"`        // user and system time; 0 where the system does not tell
	Heap       uint64        `json:"heap"`       // bytes of objects, the unreachable ones not yet swept included
	Goroutines int           `json:"goroutines"` // at this moment
}

// Used is the Usage of this process. To see what is reachable only, collect
// garbage before.
func Used() Usage {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	u := Usage{CPU: cpu(), Goroutines: runtime.NumGoroutine()}
	if heap[0].Value.Kind() == metrics.KindUint64 {
		u.Heap = heap[0].Value.Uint64()
	}
	return u
}
