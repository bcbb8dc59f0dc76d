// Package sig verifies the signatures of APKs, v1 (JAR), v2, v3 and v3.1, the
// source stamp and a v4 file beside the package, and answers what `apksigner
// verify` of build-tools 35 answers about the same file.
//
// The rules are those of AOSP's apksig 35.0.2 (Apache-2.0); where a rule comes
// from there, the class and method are named in parentheses. Problem codes are
// the names of ApkVerifier.Issue in lower case with hyphens; those of our own:
//
//	malformed-apk          not a ZIP, or one apksig does not read: status unknown
//	unexpected-exception   apksig stops with an exception: status unknown
//	entry-too-large        reading on would cost too much: status unknown
//	verifier-panic         a fault of this package, fenced: status unknown
//	more-problems          the list was cut
//	dex-before-zip         (warning) the file starts with a DEX: Janus
//	data-before-zip        (warning) the file starts with something else
//	comment-outside-signature (warning) an archive comment, and v1 alone somewhere
//	verity-padding-misaligned, verity-padding-content, signing-block-malformed
//	                       (warning) the signing block was changed after signing
//	other-signer, repeated-signature-block (warning) signer confusion
//	idsig-malformed, idsig-package-not-verified, idsig-without-v2-v3
//	                       (of the v4 file) it does not hold
//	idsig-tree-cut, idsig-data-after-tree, idsig-unusual-hashing (of the v4 file,
//	                       warning) apksigner passes over it
//	content-digest-unchecked (warning) v3.1 states another digest than the content
//	                       has; apksigner does not compare it, devices do
//
// It answers otherwise than apksigner on purpose where:
//
//   - a budget is met (entry-too-large): apksigner would read on, and may run out
//     of memory;
//   - a key is on a curve other than the NIST ones, or corrupt in a way on which
//     the Java provider in use stops with an exception of its own: invalid here;
//   - Ranges tell of platforms: below the first level of a v3.1 block they go by
//     v3, while apksigner, asked for that range, finds the block not covering it;
//     and they compare the content digests of v3.1.
//
// The package promises: errors are only those of ctx and of reading; a panic on
// hostile bytes becomes a problem; the file is read through once for all content
// digests of v2 and later, by at most two goroutines, with about one MiB of
// buffers; entries are inflated only for v1, within a budget; equal bytes and
// options give equal results.
package sig
