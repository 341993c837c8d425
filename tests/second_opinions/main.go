// Checks signed notes, cosignatures, inclusion and consistency with golang.org/x/mod, which nobody here wrote.
//
//	check note FILE KEY...            every key signed the note
//	check inclusion SIZE ROOT INDEX LEAF STEP...
//	check consistency OLD OLDROOT NEW NEWROOT STEP...
//	check tiles DIR SIZE ROOT         the root, read from the leaf tiles of a bundle
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner verifies cosignature/v1, which the library does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

func verifier(text string) (note.Verifier, error) {
	parts := strings.SplitN(text, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 33 {
		return nil, fmt.Errorf("no key: %s", text)
	}
	if raw[0] != 4 {
		return note.NewVerifier(text)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(raw[1:])}, nil
}

func hash(text string) (found tlog.Hash) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize {
		fail(fmt.Errorf("no hash: %s", text))
	}
	copy(found[:], raw)
	return found
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func number(text string) int64 {
	found, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		fail(err)
	}
	return found
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func checkNote(file string, keys []string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, key := range keys {
		known, err := verifier(key)
		if err != nil {
			return err
		}
		if _, err := note.Open(content, note.VerifierList(known)); err != nil {
			return err
		}
	}
	return nil
}

// leafTiles reads the leaves of a bundle: tile/0/NNN and tile/0/NNN.p/W, fewer than 256,000 of them.
func leafTiles(dir string, size int64) ([]tlog.Hash, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for number := int64(0); number*256 < size; number++ {
		width := size - number*256
		path := fmt.Sprintf("%s/tile/0/%03d", dir, number)
		if width < 256 {
			path = fmt.Sprintf("%s.p/%d", path, width)
		} else {
			width = 256
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for n := int64(0); n < width; n++ {
			var leaf tlog.Hash
			copy(leaf[:], content[n*32:])
			more, err := tlog.StoredHashesForRecordHash(number*256+n, leaf, reader)
			if err != nil {
				return nil, err
			}
			stored = append(stored, more...)
		}
	}
	root, err := tlog.TreeHash(size, reader)
	return []tlog.Hash{root}, err
}

func main() {
	args := os.Args[2:]
	var err error
	switch os.Args[1] {
	case "note":
		err = checkNote(args[0], args[1:])
	case "inclusion":
		err = tlog.CheckRecord(hashes(args[4:]), number(args[0]), hash(args[1]), number(args[2]), hash(args[3]))
	case "consistency":
		err = tlog.CheckTree(hashes(args[4:]), number(args[2]), hash(args[3]), number(args[0]), hash(args[1]))
	case "tiles":
		var roots []tlog.Hash
		roots, err = leafTiles(args[0], number(args[1]))
		if err == nil && roots[0] != hash(args[2]) {
			err = fmt.Errorf("another root: %x", roots[0][:])
		}
	}
	if err != nil {
		fail(err)
	}
}
