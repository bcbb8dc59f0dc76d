package axml

import "heyan/analyzer/apk/restype"

// Weight is what a reader that decodes a whole document has to hold.
type Weight struct {
	// Sound: every chunk, string and attribute lies where it may, and there is one
	// string pool of the ordinary layout.
	Sound      bool
	Strings    int64 // bytes of all strings, shared ones counted each time
	Output     int64 // bytes of names and values written out
	Nodes      int
	Namespaces int
}

// Weigh goes through a document without decoding it.
func Weigh(data []byte) Weight {
	w := &weigher{data: data}
	w.weight.Sound = w.walk()
	return w.weight
}

type weigher struct {
	data   []byte
	weight Weight
	sizes  []int32 // of the strings
}

func (w *weigher) walk() bool {
	if len(w.data) < restype.ChunkSize {
		return false
	}
	head := restype.ReadChunk(w.data)
	if head.Type != restype.TypeXML || head.HeaderSize != restype.ChunkSize || int(head.Size) != len(w.data) {
		return false
	}
	for at := restype.ChunkSize; at < len(w.data); {
		if len(w.data)-at < restype.ChunkSize {
			return false
		}
		c := restype.ReadChunk(w.data[at:])
		if !c.Valid(restype.ChunkSize, int64(len(w.data)-at)) || !w.chunk(c, w.data[at:at+int(c.Size)]) {
			return false
		}
		at += int(c.Size)
	}
	return w.sizes != nil
}

func (w *weigher) chunk(c restype.Chunk, b []byte) bool {
	switch c.Type {
	case restype.TypeStringPool:
		return w.sizes == nil && w.strings(b)
	case restype.TypeResourceMap:
		return c.HeaderSize == restype.ChunkSize
	}
	w.weight.Nodes++
	if c.HeaderSize != nodeSize {
		return false
	}
	switch c.Type {
	case restype.TypeStartNamespace, restype.TypeEndNamespace:
		w.weight.Namespaces++
		return len(b) >= nodeSize+nsExtSize
	case restype.TypeStartElement:
		return len(b) >= nodeSize+attrExtSize && w.element(b[nodeSize:])
	case restype.TypeEndElement:
		if len(b) < nodeSize+endExtSize {
			return false
		}
		w.weight.Output += w.size(restype.U32(b, nodeSize+4))
		return true
	case restype.TypeCDATA:
		return len(b) >= nodeSize+textExtSize
	}
	return false
}

// strings measures the pool.
func (w *weigher) strings(b []byte) bool {
	p, err := restype.ReadPool(b, int64(len(b)))
	styles := int64(0)
	if len(b) >= restype.PoolSize {
		styles = int64(restype.U32(b, 12))
	}
	if err != nil || p.Flaw != "" || p.Offsets != restype.PoolSize || p.Offsets+4*(int64(p.Count)+styles) > int64(len(b)) {
		return false
	}
	w.sizes = make([]int32, p.Count)
	for i := range w.sizes {
		at, ok := p.At(restype.U32(b, int(p.Offsets)+4*i))
		if !ok {
			return false
		}
		size, ok := restype.Measure(b[at:p.End], p.UTF8)
		if !ok {
			return false
		}
		w.sizes[i] = int32(size)
		w.weight.Strings += int64(size)
	}
	return true
}

func (w *weigher) element(ext []byte) bool {
	start, size, count := int(restype.U16(ext, 8)), int(restype.U16(ext, 10)), int(restype.U16(ext, 12))
	if count > 0 && (start != attrExtSize || size != attributeSize) || start+size*count > len(ext) {
		return false
	}
	w.weight.Output += w.size(restype.U32(ext, 4))
	for i := range count {
		a := ext[start+size*i:]
		w.weight.Output += w.size(restype.U32(a, 0)) + w.size(restype.U32(a, 4)) + w.size(restype.U32(a, 8)) + 16
	}
	return true
}

func (w *weigher) size(i uint32) int64 {
	if uint64(i) < uint64(len(w.sizes)) {
		return int64(w.sizes[i])
	}
	return 0
}
