//go:build !race

package submit_test

// memorySize is that of one upload of TestMemory.
const memorySize = 64 << 20
