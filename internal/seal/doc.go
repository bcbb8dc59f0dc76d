// Package seal signs reports and says of a report that somebody presents whether it
// is ours and unaltered.
//
// # What is signed
//
// Ed25519 signs "heyan.report-signature/1", a newline, and the report's canonical form
// by RFC 8785 (JCS) without its member "signature". So indentation, the order of
// members and the way characters are escaped do not matter, and any other change
// breaks the signature: of a name, of a value, one more member, one less.
//
// # What is accepted
//
// A canonical form is only as good as its reader. JSON that two readers could
// understand in two ways is refused before any signature is looked at: a name that
// occurs twice in an object, bytes that are no UTF-8, half a surrogate pair, numbers
// that are not whole or that a double cannot hold exactly (2^53 and more), what
// follows the end. The facts that Verify tells come from the very bytes whose
// signature was verified.
//
// A key in the report itself is never used: the caller brings the keys.
package seal

// Context is what every signed message begins with, so that a signature of a report
// can be taken for nothing else.
const Context = "heyan.report-signature/1\n"

// Algorithm is the only one there is.
const Algorithm = "Ed25519"

// The largest report that Verify reads: in bytes, and in values, which cost far more
// memory than bytes do. Sign has no limit: what heyan judged it must be able to keep.
const (
	MaxReport = 64 << 20
	maxValues = 4_000_000
)

// Member is the name of the report's member that holds its signature.
const Member = "signature"
