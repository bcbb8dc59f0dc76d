package machotest

// Types of a symbol (mach-o/nlist.h).
const (
	symbolUndefined = 0x01 // N_UNDF and N_EXT
	symbolDefined   = 0x0f // N_SECT and N_EXT
)

// symbolTable writes the symbols, those that are defined first, and their names.
func (s *Slice) symbolTable(is64 bool) (symbols, names []byte) {
	if len(s.Imports)+len(s.Exports) == 0 {
		return nil, nil
	}
	names = []byte{' ', 0}
	add := func(name string, kind uint32) {
		symbols = append(symbols, le(uint32(len(names)), kind)...)
		if is64 {
			symbols = le64(symbols, 0)
		} else {
			symbols = append(symbols, le(0)...)
		}
		names = append(append(names, name...), 0)
	}
	for _, name := range s.Exports {
		add(name, symbolDefined|1<<8) // of the first section
	}
	for _, name := range s.Imports {
		add(name, symbolUndefined|1<<24) // of the first library
	}
	return symbols, names
}
