package domain_test

import (
	"context"
	"fmt"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func Example() {
	fake := lptest.NewMemory() // in a program: domain.New() without options
	defer fake.Close()

	domains, err := domain.New(domain.WithHTTPClient(fake.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	host, err := domains.BaseURI(context.Background(), "12345678", domain.AgentVEP)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(host)
	// Output: lptest.liveperson.net
}
