// Package submit is what heyan's service does for its callers, whatever the way
// in: the HTTP API and the web pages call it alike.
//
// It streams packages into the blob store and commits their rows, in this order: a
// submission is acknowledged only when its bytes are durable and its row is
// committed, so that an acknowledged one is never lost, whatever dies after.
// What dies before leaves at most an object that no row names, which the sweeper
// takes away. The queue is told last and may fail: the reconciler repairs it.
//
// Every method takes the caller and sees nothing but the caller's organisation;
// administrators see all.
package submit
