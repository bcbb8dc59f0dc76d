package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"heyan/internal/seal"
)

// keySource says where the public keys of a service are.
type keySource struct{ keys, server string }

func (s keySource) validate(report string) error {
	switch {
	case s.keys == "" && s.server == "":
		return failf(nil, "缺少公钥：请用 --keys 给出保存的公钥文件，或用 --server 给出服务地址",
			"the public keys are missing: give the saved file with --keys, or the service with --server")
	case s.keys != "" && s.server != "":
		return failf(nil, "--keys 和 --server 只能用其中一个", "only one of --keys and --server can be given")
	case countDashes(report, s.keys) > 1:
		return failf(nil, "只能有一个文件写作 -（标准输入）", "only one file can be - (standard input)")
	}
	return nil
}

// reportKeys reads the public keys from a file or fetches them.
func (a *app) reportKeys(ctx context.Context, s keySource) (seal.Keys, error) {
	name, isURL := s.keys, strings.Contains(s.keys, "://")
	if s.server != "" {
		name, isURL = strings.TrimRight(s.server, "/")+seal.KeysPath, true
	}
	var data []byte
	var err error
	if isURL {
		data, err = fetchKeys(ctx, name)
	} else {
		data, err = a.readText(name, seal.MaxKeySet)
	}
	if err != nil {
		return nil, err
	}
	keys, err := seal.ParseJWKS(data)
	if err != nil {
		return nil, failf(err, "%q 不是可用的公钥集（%v）；请从服务的 %[3]s 重新保存", "%q can't be used as public keys (%v); save it again from the service's %[3]s", name, err, seal.KeysPath)
	}
	return keys, nil
}

const fetchWithin = 20 * time.Second

// fetchKeys gets a key set over https, or over http from this machine. Who could change
// the keys on their way could make any report authentic.
func fetchKeys(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, failf(err, "%q 不是 https 地址，应写成 https://heyan.example.edu.cn 这样", "%q is no https URL, write it as https://heyan.example.edu.cn", address)
	}
	client := &http.Client{
		Timeout:       fetchWithin,
		Transport:     keysTransport(u.Scheme),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, cannotFetch(address, err)
	}
	req.Header.Set("Accept", "application/json")
	res, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, cannotFetch(address, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, cannotFetch(address, fmt.Errorf("HTTP %d", res.StatusCode))
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, seal.MaxKeySet+1))
	if err != nil {
		return nil, cannotFetch(address, err)
	}
	return data, nil
}

var errNotHere = errors.New("http is for this machine alone, use https")

// keysTransport dials over http to this machine alone, whatever the name resolves to.
func keysTransport(scheme string) *http.Transport {
	if scheme == "https" {
		return &http.Transport{Proxy: http.ProxyFromEnvironment, MaxResponseHeaderBytes: 64 << 10}
	}
	dialer := &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if ap, err := netip.ParseAddrPort(address); err != nil || !ap.Addr().Unmap().IsLoopback() {
			return errNotHere
		}
		return nil
	}}
	return &http.Transport{DialContext: dialer.DialContext, MaxResponseHeaderBytes: 64 << 10}
}

func cannotFetch(address string, err error) error {
	if errors.Is(err, errNotHere) {
		return failf(err, "%q 不在本机，公钥须用 https 获取", "%q is not this machine: keys are fetched over https", address)
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return failf(err, "从 %q 取不到公钥：%v；请检查地址和网络，或改用 --keys 给出保存的文件", "cannot fetch the keys from %q: %v; check the address and the network, or give a saved file with --keys", address, err)
}
