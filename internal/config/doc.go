// Package config is what an operator may set, in one struct: Config. Each field
// says its own name, unit, default and meaning; the example file, the table in
// docs/operations.md, the names of environment variables and the reading of all
// of them come from that struct, so none of them can say another thing.
//
// Values are taken from a YAML file, then from HEYAN_* environment variables,
// then from flags; the later wins. What is unknown or wrong is told with its key
// and line, all of it at once, in Chinese and English. Secrets can stand in files
// of their own (KEY_file) and are never printed.
package config
