//go:build !reader

package sandbox

// heldReader: this build holds none, its children are this program itself.
var heldReader []byte
