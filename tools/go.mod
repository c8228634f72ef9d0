// The programs that test and measure this project. A module of its own, so that
// no user of the SDK inherits what they need, and nothing of it can be imported
// by the SDK's packages.
module github.com/liveperson-community/liveperson-go/tools

go 1.26.0

require (
	github.com/coder/websocket v1.8.15
	github.com/liveperson-community/liveperson-go v0.0.0
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
)

require (
	github.com/dghubble/oauth1 v0.7.3 // indirect
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/google/go-querystring v1.2.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/net v0.62.0 // indirect
)

replace github.com/liveperson-community/liveperson-go => ../
