// Package box names the 13 permission boxes of the filing form (应用权限).
package box

// Box is the English id of one of the form's permission boxes.
type Box string

// The boxes, in the order of the form. None stands for "no box is meant" in the
// catalogue; it is never filed.
const (
	SMS            Box = "sms"
	Phone          Box = "phone"
	Contacts       Box = "contacts"
	Calendar       Box = "calendar"
	Camera         Box = "camera"
	RecordAudio    Box = "record_audio"
	SendMMS        Box = "send_mms"
	Location       Box = "location"
	CallForwarding Box = "call_forwarding"
	ReadAppData    Box = "read_app_data"
	BrowserHistory Box = "browser_history"
	InstalledApps  Box = "installed_apps"
	Other          Box = "other"

	None Box = "none"
)

// All lists the boxes in the order of the form.
var All = [...]Box{SMS, Phone, Contacts, Calendar, Camera, RecordAudio, SendMMS, Location,
	CallForwarding, ReadAppData, BrowserHistory, InstalledApps, Other}

// Label returns the box's words on the form and in English.
func (b Box) Label() (zh, en string) {
	switch b {
	case SMS:
		return "短信", "SMS"
	case Phone:
		return "电话", "Phone"
	case Contacts:
		return "通讯录", "Contacts"
	case Calendar:
		return "日历", "Calendar"
	case Camera:
		return "调用摄像头", "Camera"
	case RecordAudio:
		return "启用录音", "Audio recording"
	case SendMMS:
		return "发送彩信", "Send MMS"
	case Location:
		return "读取位置信息", "Location"
	case CallForwarding:
		return "使用呼叫转移", "Call forwarding"
	case ReadAppData:
		return "读取应用数据", "Read app data"
	case BrowserHistory:
		return "获取浏览器上网记录", "Browser history"
	case InstalledApps:
		return "读取已安装应用列表", "Installed apps"
	case Other:
		return "其它", "Other"
	case None:
		return "无需勾选", "No box"
	}
	return string(b), string(b)
}

// Index is the box's place on the form, from 0, or -1 where there is none.
func (b Box) Index() int {
	for i, a := range All {
		if a == b {
			return i
		}
	}
	return -1
}
