package cli_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"heyan/analyzer"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/internal/seal"
	"heyan/rules/filing"
)

func TestVerifyReport(t *testing.T) {
	t.Parallel()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
	keys := marshal(t, seal.JWKS{Keys: []seal.JWK{seal.NewJWK(public(other)), seal.NewJWK(public(private))}})
	plain, tls := httptest.NewServer(keyServer(keys)), httptest.NewTLSServer(keyServer(keys))
	t.Cleanup(func() { plain.Close(); tls.Close() })
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw})

	body := schoolReport(t)
	signed := sign(t, body, private)
	var compact bytes.Buffer
	if err := json.Compact(&compact, signed); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"unsigned.json": body, "signed.json": signed, "compact.json": compact.Bytes(),
		"altered.json": bytes.Replace(signed, []byte(`"verdict": "pass"`), []byte(`"verdict": "review"`), 1),
		"own-key.json": ownKey(t, body),
		"keys.json":    keys,
		"other.json":   marshal(t, seal.JWKS{Keys: []seal.JWK{seal.NewJWK(public(other))}}),
		"ca.pem":       authority,
	}
	base := setup(t)
	testscript.Run(t, testscript.Params{Dir: "testdata/verify", Setup: func(env *testscript.Env) error {
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(env.WorkDir, name), data, 0o600); err != nil {
				return err
			}
		}
		env.Setenv("TLS", tls.URL)
		env.Setenv("PLAIN", plain.URL)
		env.Setenv("KEY_ID", seal.KeyID(public(private)))
		env.Setenv("SSL_CERT_FILE", filepath.Join(env.WorkDir, "ca.pem"))
		return base(env)
	}})
}

// keyServer publishes keys, and misbehaves under other paths.
func keyServer(keys []byte) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+seal.KeysPath, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(keys) })
	mux.Handle("GET /moved", http.RedirectHandler(seal.KeysPath, http.StatusFound))
	mux.HandleFunc("GET /endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<16)); err != nil {
				return
			}
		}
	})
	return mux
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// schoolReport is the sample's report.
func schoolReport(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures(t), "apk/school.apk"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(fixtures(t), "filing/school.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	filed, err := filing.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	f, err := inspect.Facts(t.Context(), analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report.Encode(&out, inspect.Judge(inspect.JudgeInput{Facts: f, Filing: filed, AsOf: "2026-09-01"})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sign(t *testing.T, body []byte, k ed25519.PrivateKey) []byte {
	t.Helper()
	m, err := seal.Message(body)
	if err != nil {
		t.Fatal(err)
	}
	out, err := seal.Attach(body, seal.KeyID(public(k)), ed25519.Sign(k, m))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ownKey is a forgery that brings the key it was signed with.
func ownKey(t *testing.T, body []byte) []byte {
	t.Helper()
	forger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, ed25519.SeedSize))
	jwk := marshal(t, seal.NewJWK(public(forger)))
	brought := bytes.Replace(body, []byte(`"verdict"`), append(append([]byte(`"jwk": `), jwk...), []byte(`, "verdict"`)...), 1)
	return sign(t, brought, forger)
}
