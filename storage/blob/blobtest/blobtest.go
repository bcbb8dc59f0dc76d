// Package blobtest is the suite that every object store passes.
package blobtest
