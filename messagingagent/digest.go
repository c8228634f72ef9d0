package messagingagent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// digest is the same for a message and what came of sending it, as isOf has it. It stands for
// the message where that itself is not kept.
func (c Content) digest() string { return digest(c.kind, c.text, c.rich, c.file.Path) }

func (e *Event) digest() string {
	path := ""
	if e.File != nil {
		path = e.File.Path
	}
	return digest(e.Kind, e.Text, e.Rich, path)
}

func digest(kind EventKind, text string, rich json.RawMessage, path string) string {
	switch kind {
	case KindRich:
		var value any
		_ = json.Unmarshal(rich, &value)
		sorted, _ := json.Marshal(value) // members in order, without white space
		text = string(sorted)
	case KindFile:
		text = path
	default:
		text = strings.Join(strings.Fields(text), " ")
	}
	sum := sha256.Sum256([]byte(string(kind) + "\n" + text))
	return hex.EncodeToString(sum[:8])
}
