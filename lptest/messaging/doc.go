// Package messaging is the fake messaging service behind lptest.Server.
package messaging
