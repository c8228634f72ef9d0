package messaging

type file struct{}
