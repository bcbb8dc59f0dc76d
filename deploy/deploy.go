// Package deploy holds what runs heyan elsewhere: a Dockerfile, compose.yaml, units of
// systemd, manifests of Kubernetes. Its tests hold these files against their schemas,
// against the configuration that heyan reads, and against each other, and run the
// processes that compose.yaml describes.
package deploy

//go:generate go run schemas/generate.go
