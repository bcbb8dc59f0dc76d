package apk

import (
	"fmt"
	"testing"

	"heyan/analyzer/apk/apktest"
	"heyan/analyzer/facts"
)

// BenchmarkCrossCheck is what the other two readers cost on an ordinary manifest.
func BenchmarkCrossCheck(b *testing.B) {
	root := apktest.Manifest()
	for n := range 60 {
		root.Children = append(root.Children, apktest.E("uses-permission", apktest.A("name", fmt.Sprintf("android.permission.P%d", n))))
	}
	application := apktest.E("application", apktest.A("label", "App"))
	for n := range 200 {
		application.Children = append(application.Children, apktest.E("activity",
			apktest.A("name", fmt.Sprintf("com.example.A%d", n)), apktest.A("exported", false)))
	}
	root.Children = append(root.Children, application)
	i := &inspection{f: &facts.Facts{}, man: manifestPart{data: apktest.Doc(root)}}
	b.ReportAllocs()
	b.SetBytes(int64(len(i.man.data)))
	for b.Loop() {
		p := i.newPart(facts.AnalyzerManifest)
		if err := i.crossCheck(p); err != nil || p.status != facts.StatusOK || len(p.anomalies) > 0 {
			b.Fatalf("%v %+v", err, p)
		}
	}
}
