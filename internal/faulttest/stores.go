//go:build linux

package faulttest

import (
	"context"
	"log/slog"
	"time"

	"heyan/internal/app"
	"heyan/internal/config"
)

// Stores opens what the installation keeps its things in, beside its processes:
// to look what they wrote there.
func (in *Installation) Stores(ctx context.Context) (*app.Stores, error) {
	c, _, err := config.Load(config.Source{Environ: environ(in.Nodes[0].set)})
	if err != nil {
		return nil, err
	}
	stores, err := app.OpenStores(ctx, c, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return nil, err
	}
	if err := stores.Migrate(ctx); err != nil {
		_ = stores.Close()
		return nil, err
	}
	return stores, nil
}
