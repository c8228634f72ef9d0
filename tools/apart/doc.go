// Package apart runs the fake services in a child process of the same program,
// so that heap, goroutines and CPU time of the program are the client's alone.
//
//	func main() {
//		apart.Main(func(setup json.RawMessage) (*apart.Fake, error) { // returns at once, except in the child
//			srv, err := lptest.Start()
//			if err != nil {
//				return nil, err
//			}
//			srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret"})
//			return &apart.Fake{Server: srv}, nil
//		})
//		child, err := apart.Start(ctx, nil)
//		if err != nil {
//			return err
//		}
//		client := retry.NewClient(retry.WithTransport(child.Transport()))
//		…
//		usage, err := child.Stop(ctx, nil)
//	}
//
// Parent and child speak JSON lines over the child's standard input and output:
// the setup, a greeting, commands with their answers in any order, and a last
// report. The child ends when its input does, so also when the parent dies; it
// ignores the interrupt that a terminal sends to both. Its standard error is
// the parent's.
package apart
