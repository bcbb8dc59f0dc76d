package privacy

// listed are the SDKs that have to bring a privacy manifest, by the names on Apple's
// list, which are those of their frameworks, in the order of their bytes (Apple
// Developer, Upcoming third-party SDK requirements,
// developer.apple.com/support/third-party-SDK-requirements, as of October 2026).
var listed = [...]string{
	"AFNetworking", "Abseil", "Alamofire", "AppAuth", "BoringSSL", "Capacitor", "Charts", "Cordova",
	"DKImagePickerController", "DKPhotoGallery", "FBAEMKit", "FBLPromises", "FBSDKCoreKit", "FBSDKCoreKit_Basics",
	"FBSDKLoginKit", "FBSDKShareKit", "FMDB", "FirebaseABTesting", "FirebaseAuth", "FirebaseCore",
	"FirebaseCoreDiagnostics", "FirebaseCoreExtension", "FirebaseCoreInternal", "FirebaseCrashlytics",
	"FirebaseDynamicLinks", "FirebaseFirestore", "FirebaseInstallations", "FirebaseMessaging", "FirebaseRemoteConfig",
	"Flutter", "GTMAppAuth", "GTMSessionFetcher", "GoogleDataTransport", "GoogleSignIn", "GoogleToolboxForMac",
	"GoogleUtilities", "IQKeyboardManager", "IQKeyboardManagerSwift", "Kingfisher", "Lottie", "MBProgressHUD",
	"OneSignal", "OneSignalCore", "OneSignalExtension", "OneSignalOutcomes", "OpenSSL", "OrderedSet", "Promises",
	"Protobuf", "Reachability", "RealmSwift", "RxCocoa", "RxRelay", "RxSwift", "SDWebImage", "SVProgressHUD", "SnapKit",
	"Starscream", "SwiftyGif", "SwiftyJSON", "Toast", "UnityFramework", "connectivity_plus", "device_info_plus",
	"file_picker", "flutter_inappwebview", "flutter_local_notifications", "fluttertoast", "geolocator_apple", "grpcpp",
	"hermes", "image_picker_ios", "leveldb", "nanopb", "openssl_grpc", "package_info", "package_info_plus",
	"path_provider", "path_provider_ios", "share_plus", "shared_preferences_ios", "sqflite", "url_launcher",
	"url_launcher_ios", "video_player_avfoundation", "wakelock", "webview_flutter_wkwebview",
}

// otherNames are frameworks that are called otherwise than their SDK on the list.
var otherNames = map[string]string{
	"absl": "Abseil",
}
