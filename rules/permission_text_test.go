package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/rules/box"
)

func TestReadText(t *testing.T) {
	t.Parallel()
	b := func(list ...box.Box) []box.Box { return list }
	tests := []struct {
		text string
		want []box.Box
		rest []string
	}{
		{text: "短信、电话、通讯录", want: b(box.SMS, box.Phone, box.Contacts)},
		{text: "相机，麦克风，存储", want: b(box.Camera, box.RecordAudio, box.Other)},
		{text: "调用摄像头 启用录音 读取位置信息 使用呼叫转移 读取应用数据 获取浏览器上网记录 读取已安装应用列表 其它",
			want: b(box.Camera, box.RecordAudio, box.Location, box.CallForwarding, box.ReadAppData, box.BrowserHistory, box.InstalledApps, box.Other)},
		{text: "发送彩信", want: b(box.SendMMS)},
		{text: "发送短信；彩信", want: b(box.SMS, box.SendMMS)},
		{text: "获取摄像头权限用于扫码登录，访问相册用于上传头像", want: b(box.Camera, box.Other)},
		{text: "存储权限（用于保存拍照的照片）", want: b(box.Other)},
		{text: "存储（用于缓存）、相机（用于扫码）", want: b(box.Camera, box.Other)},
		{text: "读取手机状态和身份（IMEI）、定位", want: b(box.Phone, box.Location)},
		{text: "Camera, microphone and location.", want: b(box.Camera, box.RecordAudio, box.Location)},
		{text: "We access contacts for adding friends; no SMS.", want: b(box.Contacts)},
		{text: "ＣＡＭＥＲＡ、ＧＰＳ", want: b(box.Camera, box.Location)},
		{text: "android.permission.CAMERA\nRECORD_AUDIO\nandroid.permission.INTERNET", want: b(box.Camera, box.RecordAudio)},
		{text: "NSCameraUsageDescription", want: b(box.Camera)},
		{text: "网络、WiFi、振动"},
		{text: "电话簿", want: b(box.Contacts)},
		{text: "未成年人使用时读取位置信息", want: b(box.Location)},

		// refusals
		{text: "不获取短信、通讯录"},
		{text: "无需摄像头权限"},
		{text: "未使用麦克风。使用相机", want: b(box.Camera)},
		{text: "短信：否、相机：是", want: b(box.Camera)},
		{text: "短信（不需要）、相机（扫码用）", want: b(box.Camera), rest: []string{"扫码用"}},
		{text: "短信、通讯录、日历均不获取"},
		{text: "获取位置但不获取通讯录", want: b(box.Location)},
		{text: "不读取短信，读取通讯录", want: b(box.Contacts)},
		{text: "不读取短信，通讯录", rest: []string{"通讯录"}},
		{text: "不读取短信，通讯录，日历。相机", want: b(box.Camera), rest: []string{"通讯录", "日历"}},
		{text: "不会获取短信、读取通讯录", rest: []string{"通讯录"}},
		{text: "no camera; microphone", want: b(box.RecordAudio)},
		{text: "无"},

		// what is not understood
		{text: "相机、随便什么", want: b(box.Camera), rest: []string{"随便什么"}},
		{text: "contactsheet", rest: []string{"contactsheet"}},
		{text: "手机号", rest: []string{"号"}},
	}
	for _, tt := range tests {
		got := readText(tt.text)
		if diff := cmp.Diff(tt.want, got.boxes); diff != "" {
			t.Errorf("%q: boxes (-want +got):\n%s", tt.text, diff)
		}
		if diff := cmp.Diff(tt.rest, got.rest); diff != "" {
			t.Errorf("%q: rest (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestTextCheck(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "not-filed", "  ": "not-filed", "相机": "matched", "相机、啊啊": "unmatched-text", "、": "unmatched-text", "不获取短信": "matched", "无": "matched", "None.": "matched"} {
		if c := readText(text).check(); c.Reason != want || c.ID != "permissions.text" {
			t.Errorf("%q: %s %s, want %s", text, c.ID, c.Reason, want)
		}
	}
}

func FuzzReadText(f *testing.F) {
	for _, s := range []string{"短信、电话", "不获取短信，通讯录", "camera for scanning", "android.permission.CAMERA", "短信：否、相机：是", "\xff\x00", "ﷺﷺﷺ", strings.Repeat("不", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := readText(s)
		if diff := cmp.Diff(got, readText(s), cmp.AllowUnexported(freeText{})); diff != "" {
			t.Fatalf("two readings differ:\n%s", diff)
		}
		if len(got.matched) > maxTextParts || len(got.rest) > maxTextParts+1 {
			t.Fatalf("%d terms, %d leftovers", len(got.matched), len(got.rest))
		}
		if !slices.IsSortedFunc(got.boxes, func(a, b box.Box) int { return a.Index() - b.Index() }) || slices.Contains(got.boxes, box.None) {
			t.Fatalf("boxes %v", got.boxes)
		}
	})
}
