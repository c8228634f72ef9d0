//go:build !unix

package apart

import "time"

// cpu is not known here.
func cpu() time.Duration { return 0 }
