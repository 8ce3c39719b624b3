// Hands folders of a log's files to Go's own transparency log code (golang.org/x/mod/sumdb) and says what it made of
// them. A folder holds vkey, checkpoint, old-checkpoint, leaf, proof.tlog-proof and tile/…, as the log hands them out.
// Usage: sumdb ORIGIN FOLDER… Prints a JSON list of {name, ok, said}.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type answer struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Said string `json:"said"`
}

// tiles reads tiles from a folder laid out as c2sp.org/tlog-tiles has it: x/mod's paths without the tile height.
type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// opened verifies a checkpoint's signature with x/mod's notes and reads its three lines.
func opened(data []byte, vkey, origin string) (tree tlog.Tree, err error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	found, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(found.Text, "\n")
	if len(lines) < 4 || lines[0] != origin {
		return tree, fmt.Errorf("checkpoint of %q, not of %q", lines[0], origin)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// proved reads a c2sp.org/tlog-proof file and checks the leaf with x/mod's CheckRecord.
func proved(data, leaf []byte, vkey, origin string) (index int64, err error) {
	parts := bytes.SplitN(data, []byte("\n\n"), 2)
	if len(parts) != 2 {
		return 0, errors.New("no blank line in the proof")
	}
	tree, err := opened(parts[1], vkey, origin)
	if err != nil {
		return 0, err
	}
	lines := strings.Split(string(parts[0]), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, errors.New("not a tlog-proof")
	}
	if index, err = strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64); err != nil {
		return 0, err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return 0, errors.New("a proof line is no hash")
		}
		var hash tlog.Hash
		copy(hash[:], raw)
		proof = append(proof, hash)
	}
	return index, tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

// bundled checks every entry of every bundle against the leaf hashes that the authenticated tiles hold.
func bundled(folder string, tree tlog.Tree, reader tlog.HashReader) error {
	for start := int64(0); start < tree.N; start += 256 {
		width := tree.N - start
		path := fmt.Sprintf("tile/entries/%03d.p/%d", start/256, width)
		if width >= 256 {
			width, path = 256, fmt.Sprintf("tile/entries/%03d", start/256)
		}
		data, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return err
		}
		var indexes []int64
		var hashes []tlog.Hash
		for n := int64(0); n < width; n++ {
			if len(data) < 2 || len(data) < 2+int(data[0])<<8+int(data[1]) {
				return fmt.Errorf("%s is too short for entry %d", path, start+n)
			}
			length := int(data[0])<<8 + int(data[1])
			hashes = append(hashes, tlog.RecordHash(data[2:2+length]))
			indexes = append(indexes, tlog.StoredHashIndex(0, start+n))
			data = data[2+length:]
		}
		if len(data) != 0 {
			return fmt.Errorf("%s holds more than its entries", path)
		}
		stored, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for n := range stored {
			if stored[n] != hashes[n] {
				return fmt.Errorf("entry %d is not the one in its tile", start+int64(n))
			}
		}
	}
	return nil
}

func check(folder, origin string) (said string, err error) {
	read := func(name string) []byte {
		data, failed := os.ReadFile(filepath.Join(folder, name))
		if failed != nil && err == nil {
			err = failed
		}
		return data
	}
	vkey, leaf, proof := strings.TrimSpace(string(read("vkey"))), read("leaf"), read("proof.tlog-proof")
	newer, older := read("checkpoint"), read("old-checkpoint")
	if err != nil {
		return "", err
	}
	tree, err := opened(newer, vkey, origin)
	if err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	old, err := opened(older, vkey, origin)
	if err != nil {
		return "", fmt.Errorf("old checkpoint: %w", err)
	}
	index, err := proved(proof, leaf, vkey, origin)
	if err != nil {
		return "", fmt.Errorf("proof: %w", err)
	}
	reader := tlog.TileHashReader(tree, tiles{folder})
	own, err := tlog.ProveRecord(tree.N, index, reader)
	if err != nil {
		return "", fmt.Errorf("tiles: %w", err)
	}
	if err := tlog.CheckRecord(own, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return "", fmt.Errorf("proof from tiles: %w", err)
	}
	grown, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return "", fmt.Errorf("consistency from tiles: %w", err)
	}
	if err := tlog.CheckTree(grown, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return "", fmt.Errorf("consistency: %w", err)
	}
	if err := bundled(folder, tree, reader); err != nil {
		return "", fmt.Errorf("entries: %w", err)
	}
	return fmt.Sprintf("%d entries, grown from %d, entry %d proved", tree.N, old.N, index), nil
}

func main() {
	var answers []answer
	for _, folder := range os.Args[2:] {
		said, err := check(folder, os.Args[1])
		if err != nil {
			said = err.Error()
		}
		answers = append(answers, answer{filepath.Base(folder), err == nil, said})
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		os.Exit(1)
	}
}
