//go:build race

package submit_test

// memorySize: the race detector makes every byte dear.
const memorySize = 8 << 20
