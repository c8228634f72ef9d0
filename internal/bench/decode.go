package main

import "context"

func decode(ctx context.Context, b *bench) error     { return nil }
func idle(ctx context.Context, b *bench) error       { return nil }
func polls(ctx context.Context, b *bench) error      { return nil }
func throughput(ctx context.Context, b *bench) error { return nil }
