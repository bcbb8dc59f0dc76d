package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"heyan/storage/blob"
)

// List implements blob.Store: the folders in order, and the objects of each.
func (s *Store) List(ctx context.Context, after string, limit int) ([]blob.Object, error) {
	if after != "" {
		if err := blob.CheckKey(after); err != nil {
			return nil, fmt.Errorf("list objects: %w", err)
		}
	}
	var found []blob.Object
	fans, err := fs.ReadDir(s.root.FS(), objects)
	if err != nil {
		return nil, fmt.Errorf("list objects: %w", err)
	}
	for _, fan := range fans {
		if len(found) >= limit {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("list objects: %w", err)
		}
		if !fan.IsDir() || after != "" && fan.Name() < path.Dir(after) {
			continue
		}
		if found, err = s.listFan(found, fan.Name(), after, limit); err != nil {
			return nil, fmt.Errorf("list objects: %w", err)
		}
	}
	return found, nil
}

// listFan adds a folder's objects. Strange files are passed over.
func (s *Store) listFan(found []blob.Object, fan, after string, limit int) ([]blob.Object, error) {
	entries, err := fs.ReadDir(s.root.FS(), objects+"/"+fan)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		key := fan + "/" + entry.Name()
		if key <= after || len(found) >= limit || blob.CheckKey(key) != nil {
			continue
		}
		info, err := entry.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // deleted meanwhile
			continue
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular():
			continue
		}
		found = append(found, blob.Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()})
	}
	return found, nil
}
