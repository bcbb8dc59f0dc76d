package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"heyan/internal/config"
	"heyan/queue"
	"heyan/storage/blob"
	"heyan/storage/blob/s3"
)

// The clock differences that a cluster bears: leases last 15 s.
const (
	skewDoubtful = time.Second
	skewBroken   = 5 * time.Second
)

func (d *doctor) records(ctx context.Context) {
	c := d.config.Records
	if _, err := os.Stat(c.SQLitePath); c.Engine == config.SQLite && errors.Is(err, os.ErrNotExist) {
		d.say("records", Fine, "SQLite "+c.SQLitePath+" 还没有，启动时会建立", "SQLite "+c.SQLitePath+" is not there yet, a start makes it")
		return
	}
	stores, err := OpenRecords(ctx, d.config, d.now)
	if err != nil {
		d.failed("records", err, "请检查 records 一节：地址、用户、密码，数据库是否在运行、能从本机连上", "check the section records: address, user, password; that it runs and can be reached from here")
		return
	}
	defer stores.Close()
	version, skew, err := stores.Records.Check(ctx, d.now())
	if err != nil {
		d.failed("records", err, "请检查 records 一节：地址、用户、密码，数据库是否在运行、能从本机连上", "check the section records: address, user, password; that it runs and can be reached from here")
		return
	}
	zh, en := same("%s", version)
	d.say("records", Fine, zh, en)
	d.schema(ctx, stores)
	d.skew(skew.Abs())
}

func (d *doctor) schema(ctx context.Context, s *Stores) {
	have, want, err := s.Records.SchemaVersion(ctx)
	zh, en := fmt.Sprintf("表结构第 %d 版，本程序第 %d 版", have, want), fmt.Sprintf("schema version %d, this program's %d", have, want)
	switch {
	case err != nil:
		d.failed("schema", err, "请检查数据库", "look at the database")
	case have > want:
		d.say("schema", Broken, zh, en).advise("数据库由新版 heyan 升级过，请使用新版", "a newer heyan migrated the database, use that one")
	case have < want && d.config.Records.Engine == config.Postgres && d.config.Records.Migrate == config.Manual:
		d.say("schema", Broken, zh, en).advise("运行 heyan migrate", "run heyan migrate")
	case have < want:
		d.say("schema", Doubtful, zh, en).advise("下次启动时会自动升级", "the next start migrates it")
	default:
		d.say("schema", Fine, zh, en)
	}
}

func (d *doctor) skew(skew time.Duration) {
	zh, en := fmt.Sprintf("与数据库相差 %s", skew.Round(time.Millisecond)), fmt.Sprintf("%s off the database's", skew.Round(time.Millisecond))
	health := Fine
	switch {
	case skew >= skewBroken:
		health = Broken
	case skew >= skewDoubtful:
		health = Doubtful
	}
	f := d.say("clock", health, zh, en)
	if health != Fine {
		f.advise("各机器要用 NTP 对时：任务的租约只有 15 秒", "keep the machines' clocks together with NTP: leases last 15 seconds")
	}
}

// blobs reaches the store and puts an object through it.
func (d *doctor) blobs(ctx context.Context) {
	c := d.config.Blobs
	if _, err := os.Stat(c.Path); c.Engine == config.Disk && errors.Is(err, os.ErrNotExist) {
		d.say("blobs", Fine, c.Path+" 还没有，启动时会建立", c.Path+" is not there yet, a start makes it")
		return
	}
	look := *d.config
	look.Blobs.CreateBucket = false // to look makes nothing
	s := &Stores{config: &look, now: d.now}
	defer s.Close()
	err := s.openBlobs(ctx)
	if err == nil {
		err = roundTrip(ctx, s.Blobs)
	}
	switch {
	case errors.Is(err, s3.ErrNoBucket) && c.CreateBucket:
		d.say("blobs", Fine, fmt.Sprintf("桶 %q 还没有，启动时会建立", c.Bucket), fmt.Sprintf("bucket %q is not there yet, a start makes it", c.Bucket))
		return
	case errors.Is(err, s3.ErrNoBucket):
		d.say("blobs", Broken, fmt.Sprintf("没有桶 %q", c.Bucket), fmt.Sprintf("there is no bucket %q", c.Bucket)).advise(noBucketZH, noBucketEN)
		return
	case err != nil:
		d.failed("blobs", err, "请检查 blobs 一节：地址、桶、密钥和权限（要能写、读、列、删）", "check the section blobs: address, bucket, keys and rights (put, get, list, delete)")
		return
	}
	name := c.Engine
	if checker, ok := s.Blobs.(blob.Checker); ok {
		if name, err = checker.Check(ctx); err != nil {
			d.failed("blobs", err, "请检查 blobs 一节", "check the section blobs")
			return
		}
	}
	d.say("blobs", Fine, name+"：写、读、删正常", name+": put, got and deleted an object")
}

func roundTrip(ctx context.Context, store blob.Store) error {
	const text = "heyan doctor"
	key := blob.NewKey()
	if _, err := store.Put(ctx, key, strings.NewReader(text), int64(len(text))); err != nil {
		return err
	}
	o, err := store.Stat(ctx, key)
	if err == nil && o.Size != int64(len(text)) {
		err = fmt.Errorf("an object of %d bytes came back as one of %d", len(text), o.Size)
	}
	return errors.Join(err, store.Delete(ctx, key))
}

func (d *doctor) queue(ctx context.Context) {
	s := &Stores{config: d.config, now: d.now}
	defer s.Close()
	if err := s.openQueue(ctx, nil); err != nil {
		d.failed("queue", err, "请检查 queue 一节", "check the section queue")
		return
	}
	checker, ok := s.Queue.(queue.Checker)
	if !ok {
		d.say("queue", Fine, "进程内", "in the process")
		return
	}
	name, err := checker.Check(ctx)
	if err != nil {
		d.failed("queue", err, "请检查 queue 一节：地址、密码，Redis 6.2 以上，maxmemory-policy 须为 noeviction", "check the section queue: address, password; Redis 6.2 or newer with maxmemory-policy noeviction")
		return
	}
	d.say("queue", Fine, name, name)
}
