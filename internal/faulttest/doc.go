// Package faulttest runs the service as it is deployed, in processes of its own
// with real servers, and breaks it: processes are killed, servers restarted with
// and without their data, clients cut, disks filled.
//
// Its tests each break one thing. [Chaos] breaks everything at random while
// thousands of packages come in, and then counts what was promised never to
// happen; scripts/chaos is its command.
//
// It starts programs, sends signals and reads /proc: linux alone.
package faulttest
