// Package sqlstore keeps heyan's records in SQLite (one file, one machine) or in
// PostgreSQL (many machines). It implements every interface of storage/record;
// recordtest is run against both.
//
// # One text, two dialects
//
// A query is written once, beside its method, with $N placeholders and explicit
// columns. What differs is in dialect.go: how the database is opened, what its
// errors mean, how rows that another has locked are passed over. The migrations
// are two folders with the same tables.
//
// # Transactions
//
// Every write is an explicit transaction, so that the error of a commit is never
// lost, and is tried again where the database says that it only met another one.
// Statements are written for READ COMMITTED: whatever decides about a change is a
// column of the row that the statement locks, never another row read before.
// A LIMIT is in a materialised table expression: within an IN PostgreSQL may run it
// once a row. Rows are locked in the order job, submission, blob, rejudge run.
//
// SQLite has one connection that writes, each transaction IMMEDIATE and synced to
// the disk (synchronous=FULL), and several that read.
package sqlstore
