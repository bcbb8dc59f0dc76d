package catalogue

// Split is a permission the system or the tools add to what an app declares.
type Split struct {
	// Has: any of these gives Gets, for as long as it lasts; empty where the target
	// alone decides.
	Has []string
	// Gets are given.
	Gets []string
	// TargetBelow: only with a targetSdkVersion below it; 0 for always.
	TargetBelow int
	// Demands: what is given asks for a tick of its own.
	Demands bool
	// AAPT: aapt's "uses-implied-permission" names it.
	AAPT   bool
	Source []string
}

// Splits are all of them, in the order in which they are worked out.
func Splits() []Split { return splits }
