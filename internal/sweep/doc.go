// Package sweep takes away what is not needed any more: submissions whose time has
// passed, packages that no submission refers to, objects that no row names, and
// what died uploads left behind. It also looks whether every filed package is
// still there.
//
// # Why nothing that is needed is deleted
//
// A package that has a row is deleted only after its row was marked, in one
// transaction that finds no submission referring to it; from then on an upload of
// the same bytes gets a row and an object of its own. The object goes first, then
// the row: whatever dies between, the next sweep goes on there. Keys are never
// used twice, so a deletion that comes late, or twice, meets nothing else.
//
// An object without a row may be one whose row is about to be committed. It is
// rubbish only when it is older than the grace. internal/submit begins a commit
// only within half the grace after the upload began, and acknowledges it only
// within three quarters. No store dates an object before its upload began (some S3
// servers date it just then, not when it became whole). So an object that is older
// than the grace and has no row will never have one that was acknowledged, as long
// as the clocks of the sweeper and the store differ by less than a quarter of it.
// The listing is read before the rows: an object that gets its row in between is
// found to have it.
//
// Any number of nodes may sweep at once.
package sweep
