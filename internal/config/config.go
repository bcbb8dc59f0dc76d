package config

import "time"

// Config is everything that can be set. The tags of a field: yaml, its key; unit,
// the unit of its values; zh and en, what it means; values, the accepted words.
// A field of type Secret can also be given as KEY_file, a file that holds it.
type Config struct {
	Data      string `yaml:"data" unit:"path" zh:"数据目录：数据库、安装包、暂存文件、管理员令牌都在里面" en:"data directory: database, packages, scratch files, the administrator's token"`
	Listen    string `yaml:"listen" unit:"host:port" zh:"接口监听地址；默认只接受本机" en:"address of the API; this machine only by default"`
	PublicURL string `yaml:"public_url" unit:"URL" zh:"外部访问本服务的地址，用于上传地址等链接；空：按请求的主机名" en:"address under which callers reach the service, for links in answers; empty: as the request has it"`
	Sandbox   string `yaml:"sandbox" values:"required,best-effort" zh:"读包子进程的隔离（Landlock、seccomp）缺失时：required 拒绝工作，best-effort 有多少用多少" en:"where Landlock or seccomp is missing for the process that reads packages: required refuses to work, best-effort goes on with what there is"`
	Policy    string `yaml:"policy" unit:"path" zh:"政策文件；空：默认政策" en:"policy file; empty: the default policy"`
	// Drain bounds a graceful stop.
	Drain Duration `yaml:"drain" unit:"duration" zh:"停止时最多等待进行中的上传和核验多久" en:"how long a stop waits for uploads and jobs under way"`

	TLS       TLS       `yaml:"tls" zh:"由本服务自己提供 HTTPS（通常由前面的代理提供）" en:"HTTPS by the service itself (usually a proxy in front does it)"`
	Records   Records   `yaml:"records" zh:"记录：数据库" en:"records: the database"`
	Blobs     Blobs     `yaml:"blobs" zh:"安装包的存储" en:"the store of packages"`
	Queue     Queue     `yaml:"queue" zh:"唤醒工作者的队列" en:"the queue that wakes workers"`
	Limits    Limits    `yaml:"limits" zh:"接收时的限制" en:"limits on what is accepted"`
	Retention Retention `yaml:"retention" zh:"保留与清理" en:"retention and clean-up"`
	Worker    Worker    `yaml:"worker" zh:"工作者" en:"workers"`
	Webhooks  Webhooks  `yaml:"webhooks" zh:"回调通知" en:"webhooks"`
	Metrics   Metrics   `yaml:"metrics" zh:"监控指标" en:"metrics"`
	Log       Log       `yaml:"log" zh:"日志（标准错误）" en:"log (standard error)"`
	Tracing   Tracing   `yaml:"tracing" zh:"链路追踪（OTLP/HTTP）" en:"tracing (OTLP/HTTP)"`
}

// TLS is the service's own certificate.
type TLS struct {
	Cert string `yaml:"cert" unit:"path" zh:"证书链（PEM）" en:"certificate chain (PEM)"`
	Key  string `yaml:"key" unit:"path" zh:"私钥（PEM）" en:"private key (PEM)"`
}

// The engines.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
	Disk     = "disk"
	S3       = "s3"
	Inproc   = "inproc"
	Redis    = "redis"
	Auto     = "auto"
	Manual   = "manual"
)

// Records is the database.
type Records struct {
	Engine         string `yaml:"engine" values:"sqlite,postgres" zh:"数据库" en:"database"`
	SQLitePath     string `yaml:"sqlite_path" unit:"path" zh:"SQLite 文件；空：数据目录下 heyan.db" en:"SQLite file; empty: heyan.db in the data directory"`
	DSN            Secret `yaml:"dsn" unit:"URL" zh:"PostgreSQL 连接串，如 postgres://heyan@db:5432/heyan" en:"PostgreSQL connection string, as postgres://heyan@db:5432/heyan"`
	Password       Secret `yaml:"password" zh:"PostgreSQL 密码，连接串里没有时用" en:"PostgreSQL password, where the connection string has none"`
	MaxConnections int    `yaml:"max_connections" unit:"connections" zh:"每个进程最多打开的连接" en:"connections that a process opens at most"`
	Migrate        string `yaml:"migrate" values:"auto,manual" zh:"表结构：auto 启动时在锁内自动升级，manual 只由 heyan migrate 升级" en:"schema: auto migrates at start under a lock, manual leaves it to heyan migrate"`
}

// Blobs is the store of packages.
type Blobs struct {
	Engine       string `yaml:"engine" values:"disk,s3" zh:"存储" en:"store"`
	Path         string `yaml:"path" unit:"path" zh:"disk 的目录；空：数据目录下 blobs" en:"folder of disk; empty: blobs in the data directory"`
	Endpoint     string `yaml:"endpoint" unit:"URL" zh:"S3 服务地址，如 https://s3.example.com:9000" en:"S3 server, as https://s3.example.com:9000"`
	Bucket       string `yaml:"bucket" zh:"S3 桶" en:"S3 bucket"`
	CreateBucket bool   `yaml:"create_bucket" zh:"桶不存在时在启动时建立（需要建桶的权限）；默认须事先建好，写错名字会被发现" en:"make the bucket at a start where it is not there (this takes the right to); by default it must be, so that a wrong name is noticed"`
	Prefix       string `yaml:"prefix" zh:"桶内的键前缀" en:"prefix of the keys in the bucket"`
	Region       string `yaml:"region" zh:"S3 区域" en:"S3 region"`
	AccessKey    Secret `yaml:"access_key" zh:"S3 访问键" en:"S3 access key"`
	SecretKey    Secret `yaml:"secret_key" zh:"S3 私钥" en:"S3 secret key"`
	PathStyle    bool   `yaml:"path_style" zh:"按路径访问桶（http://服务/桶）；非亚马逊的服务会自动如此" en:"reach the bucket by path (http://server/bucket); done by itself where the server is not Amazon's"`
	CAFile       string `yaml:"ca_file" unit:"path" zh:"S3 服务证书的签发机构（PEM）；空：系统的" en:"authorities of the S3 server's certificate (PEM); empty: the system's"`
}

// Queue wakes workers.
type Queue struct {
	Engine   string `yaml:"engine" values:"inproc,redis" zh:"队列；inproc 只在一个进程内" en:"queue; inproc is within one process only"`
	Addr     string `yaml:"addr" unit:"host:port" zh:"Redis 地址" en:"Redis address"`
	Username string `yaml:"username" zh:"Redis 用户名" en:"Redis user"`
	Password Secret `yaml:"password" zh:"Redis 密码" en:"Redis password"`
	DB       int    `yaml:"db" zh:"Redis 库号" en:"Redis database number"`
	TLS      bool   `yaml:"tls" zh:"用 TLS 连接 Redis" en:"connect to Redis with TLS"`
	Prefix   string `yaml:"prefix" zh:"Redis 键前缀，同一 Redis 上几套 heyan 时各用一个" en:"prefix of the keys in Redis, one for each heyan that shares it"`
}

// Limits are what is accepted.
type Limits struct {
	MaxPackage             Size     `yaml:"max_package" unit:"bytes" zh:"安装包的最大字节数" en:"largest package"`
	MinFree                Size     `yaml:"min_free" unit:"bytes" zh:"存储或数据目录剩余少于此数时拒收（507）" en:"free space of the store and the data directory below which packages are refused (507)"`
	Uploads                int      `yaml:"uploads" unit:"uploads" zh:"每个进程同时接收的上传" en:"uploads at once in a process"`
	UploadsPerOrganisation int      `yaml:"uploads_per_organisation" unit:"uploads" zh:"每个机构在每个进程同时的上传" en:"uploads at once of an organisation in a process"`
	MinRate                Size     `yaml:"min_rate" unit:"bytes/s" zh:"上传的最低速度，低于它的连接被断开" en:"slowest upload; a slower client is cut"`
	RequestsPerSecond      int      `yaml:"requests_per_second" unit:"requests/s" zh:"每个令牌每秒的请求数，超过者得到 429；0：不限" en:"requests of a token in a second, beyond which 429 is answered; 0: no limit"`
	Await                  Duration `yaml:"await" unit:"duration" zh:"只交了备案表时，等安装包多久" en:"how long a filing alone waits for its package"`
	Idempotency            Duration `yaml:"idempotency" unit:"duration" zh:"Idempotency-Key 记住多久" en:"how long an Idempotency-Key is remembered"`
}

// Retention is what is kept how long.
type Retention struct {
	Precheck   Duration `yaml:"precheck" unit:"duration" zh:"预检的安装包保留多久；报备的安装包一直保留" en:"how long packages of prechecks are kept; those of filings are kept for good"`
	SweepEvery Duration `yaml:"sweep_every" unit:"duration" zh:"多久清理一次到期的" en:"how often what has expired is removed"`
	WalkEvery  Duration `yaml:"walk_every" unit:"duration" zh:"多久把整个存储核对一遍：残留、缺失" en:"how often the whole store is gone through, for rubbish and for what is missing"`
	Orphans    Duration `yaml:"orphans" unit:"duration" zh:"没有记录的残留文件，过多久才删" en:"age at which objects and uploads that no record names are removed"`
}

// Worker is how packages are inspected.
type Worker struct {
	Slots        Slots    `yaml:"slots" unit:"jobs" zh:"同时核验几个；auto：处理器个数；0：本进程不核验" en:"jobs at once; auto: as many as processors; 0: none in this process"`
	Scratch      string   `yaml:"scratch" unit:"path" zh:"从 S3 取包的暂存目录；空：数据目录下 scratch" en:"folder for packages fetched from S3; empty: scratch in the data directory"`
	ScratchBytes Size     `yaml:"scratch_bytes" unit:"bytes" zh:"暂存目录最多占用" en:"room that the scratch folder may take"`
	Crashes      int      `yaml:"crashes" unit:"crashes" zh:"一个包使读包进程崩溃几次后转人工复核" en:"crashes of the reading process after which a package goes to a person"`
	Retry        Duration `yaml:"retry" unit:"duration" zh:"存储或数据库不可用时，最长多久再试一次" en:"longest pause between attempts while the store or the database is away"`
}

// Webhooks is how organisations are told.
type Webhooks struct {
	AllowHTTP     bool     `yaml:"allow_http" zh:"允许 http:// 地址（默认只许 https://）" en:"allow http:// addresses (https:// only by default)"`
	AllowNetworks []string `yaml:"allow_networks" unit:"CIDR" zh:"允许的内网网段，如 10.0.0.0/8；默认一概不连内网地址" en:"private networks that may be called, as 10.0.0.0/8; none by default"`
	Timeout       Duration `yaml:"timeout" unit:"duration" zh:"一次投递最多等多久" en:"longest wait for one delivery"`
}

// Metrics is where Prometheus reads.
type Metrics struct {
	Listen string `yaml:"listen" unit:"host:port" zh:"/metrics、/healthz、/readyz 另外的监听地址；空：serve 在接口地址上提供，worker 不提供" en:"own address for /metrics, /healthz and /readyz; empty: serve has them on the API's, worker has none"`
}

// Log is what is written to standard error.
type Log struct {
	Level  string `yaml:"level" values:"debug,info,warn,error" zh:"级别" en:"level"`
	Format string `yaml:"format" values:"text,json" zh:"格式" en:"format"`
}

// Tracing is where spans go.
type Tracing struct {
	Endpoint string  `yaml:"endpoint" unit:"URL" zh:"OTLP/HTTP 收集器，如 http://127.0.0.1:4318；空：不追踪" en:"OTLP/HTTP collector, as http://127.0.0.1:4318; empty: no tracing"`
	Sample   float64 `yaml:"sample" unit:"0..1" zh:"没有上级追踪时采样的比例" en:"share of traces kept where the caller brings none"`
}

// Default is what holds where nothing is set.
func Default() *Config {
	return &Config{
		Data: "./heyan-data", Listen: "127.0.0.1:8470", Sandbox: "required", Drain: Duration(30 * time.Second),
		Records: Records{Engine: SQLite, MaxConnections: 16, Migrate: Auto},
		Blobs:   Blobs{Engine: Disk, Region: "us-east-1"},
		Queue:   Queue{Engine: Inproc, Prefix: "heyan"},
		Limits: Limits{
			MaxPackage: 4 * GiB, MinFree: GiB, Uploads: 64, UploadsPerOrganisation: 16, MinRate: 16 * KiB,
			RequestsPerSecond: 50, Await: Duration(day), Idempotency: Duration(2 * day),
		},
		Retention: Retention{Precheck: Duration(7 * day), SweepEvery: Duration(10 * time.Minute), WalkEvery: Duration(6 * time.Hour), Orphans: Duration(day)},
		Worker:    Worker{Slots: AutoSlots, ScratchBytes: 8 * GiB, Crashes: 3, Retry: Duration(30 * time.Second)},
		Webhooks:  Webhooks{AllowNetworks: []string{}, Timeout: Duration(15 * time.Second)},
		Log:       Log{Level: "info", Format: "text"},
		Tracing:   Tracing{Sample: 1},
	}
}
