package restype

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Data types of a Value (Res_value::TYPE_*).
const (
	ValueNull             = 0x00
	ValueReference        = 0x01
	ValueAttribute        = 0x02
	ValueString           = 0x03
	ValueFloat            = 0x04
	ValueDimension        = 0x05
	ValueFraction         = 0x06
	ValueDynamicReference = 0x07
	ValueDynamicAttribute = 0x08
	ValueFirstInt         = 0x10
	ValueIntDec           = 0x10
	ValueIntHex           = 0x11
	ValueIntBoolean       = 0x12
	ValueFirstColor       = 0x1c
	ValueLastColor        = 0x1f
	ValueLastInt          = 0x1f
)

// ValueSize is the length of a Res_value.
const ValueSize = 8

// Value is a typed value; Data's meaning depends on Type.
type Value struct {
	Type uint8
	Data uint32
}

// ReadValue reads a Res_value at the start of b, which must hold ValueSize
// bytes. Its own size field is not looked at, as in Android.
func ReadValue(b []byte) Value { return Value{Type: b[3], Data: U32(b, 4)} }

// IsReference reports whether v names another resource.
func (v Value) IsReference() bool {
	return v.Type == ValueReference || v.Type == ValueDynamicReference
}

// IsInt reports whether v is a number, a boolean or a colour.
func (v Value) IsInt() bool { return v.Type >= ValueFirstInt && v.Type <= ValueLastInt }

// String prints what android.util.TypedValue.coerceToString makes of v, for
// every type but strings; it is empty for types that have no text.
func (v Value) String() string {
	switch {
	case v.IsReference():
		return fmt.Sprintf("@0x%08x", v.Data)
	case v.Type == ValueAttribute || v.Type == ValueDynamicAttribute:
		return fmt.Sprintf("?0x%08x", v.Data)
	case v.Type == ValueFloat:
		return javaFloat(math.Float32frombits(v.Data))
	case v.Type == ValueDimension:
		return javaFloat(complexValue(v.Data)) + unit(dimensionUnits[:], v.Data)
	case v.Type == ValueFraction:
		return javaFloat(complexValue(v.Data)*100) + unit(fractionUnits[:], v.Data)
	case v.Type == ValueIntHex:
		return fmt.Sprintf("0x%x", v.Data)
	case v.Type == ValueIntBoolean:
		return strconv.FormatBool(v.Data != 0)
	case v.Type >= ValueFirstColor && v.Type <= ValueLastColor:
		return fmt.Sprintf("#%x", v.Data)
	case v.IsInt():
		return strconv.Itoa(int(int32(v.Data)))
	}
	return ""
}

var (
	dimensionUnits = [...]string{"px", "dip", "sp", "pt", "in", "mm"}
	fractionUnits  = [...]string{"%", "%p"}
)

func unit(names []string, data uint32) string {
	if i := int(data & 0xf); i < len(names) {
		return names[i]
	}
	return ""
}

// complexValue decodes the 24-bit mantissa and its radix (TypedValue.complexToFloat).
func complexValue(data uint32) float32 {
	radix := [...]float32{1.0 / (1 << 8), 1.0 / (1 << 15), 1.0 / (1 << 23), 1.0 / (1 << 31)}
	return float32(int32(data&0xffffff00)) * radix[data>>4&3]
}

// javaFloat prints f as Java's Float.toString does.
func javaFloat(f float32) string {
	switch {
	case math.IsNaN(float64(f)):
		return "NaN"
	case math.IsInf(float64(f), 1):
		return "Infinity"
	case math.IsInf(float64(f), -1):
		return "-Infinity"
	}
	if a := math.Abs(float64(f)); a != 0 && (a < 1e-3 || a >= 1e7) {
		mantissa, exp, _ := strings.Cut(strconv.FormatFloat(float64(f), 'E', -1, 32), "E")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		n, _ := strconv.Atoi(exp)
		return mantissa + "E" + strconv.Itoa(n)
	}
	s := strconv.FormatFloat(float64(f), 'f', -1, 32)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
