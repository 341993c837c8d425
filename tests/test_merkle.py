"""The tree of RFC 6962: known vectors written out, and every proof beside the definition as the RFC words it."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiyuan_ledger.merkle import (
    EMPTY_ROOT,
    CompactRange,
    Read,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    perfect_root,
    root_of,
)
from xiyuan_ledger.verification.tiles import hashes_of, packed, reading, tile_path, unpacked

ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
"""The entries of the vectors that every implementation of certificate transparency shares."""
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Their roots, by how many of them there are."""


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(n).encode()) for n in range(count)]


def plain_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over leaf hashes."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = plain_half(len(hashes))
    return sha256(b"\x01" + plain_root(hashes[:half]) + plain_root(hashes[half:])).digest()


def plain_half(count: int) -> int:
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def plain_path(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(hashes) == 1:
        return []
    half = plain_half(len(hashes))
    if index < half:
        return [*plain_path(index, hashes[:half]), plain_root(hashes[half:])]
    return [*plain_path(index - half, hashes[half:]), plain_root(hashes[:half])]


def plain_proof(old: int, hashes: list[bytes], whole: bool = True) -> list[bytes]:
    """PROOF and SUBPROOF of section 2.1.2."""
    if old == len(hashes):
        return [] if whole else [plain_root(hashes)]
    half = plain_half(len(hashes))
    if old <= half:
        return [*plain_proof(old, hashes[:half], whole), plain_root(hashes[half:])]
    return [*plain_proof(old - half, hashes[half:], False), plain_root(hashes[:half])]


def read_of(hashes: list[bytes]) -> Read:
    return lambda height, index: perfect_root(hashes[index << height : (index + 1) << height])


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_that_every_log_of_certificates_has(size: int) -> None:
    tree = CompactRange()
    tree.extend(map(leaf_hash, ENTRIES[:size]))
    assert tree.root().hex() == ROOTS[size]


def test_an_inclusion_proof_is_the_one_written_out_in_the_vectors() -> None:
    hashes = list(map(leaf_hash, ENTRIES))
    assert [step.hex() for step in inclusion_proof(5, 8, read_of(hashes))] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_a_consistency_proof_is_the_one_written_out_in_the_vectors() -> None:
    hashes = list(map(leaf_hash, ENTRIES))
    assert [step.hex() for step in consistency_proof(6, 8, read_of(hashes))] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.integers(0, 600))
def test_a_tree_that_grows_has_the_root_of_its_leaves(size: int) -> None:
    tree, hashes = CompactRange(), leaves(size)
    tree.extend(hashes)
    assert tree.root() == plain_root(hashes) == root_of(size, read_of(hashes))


@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_inclusion_proofs_are_those_of_the_definition_and_hold_for_their_leaf_alone(place: tuple[int, int]) -> None:
    index, size = place
    hashes = leaves(size)
    proof, root = inclusion_proof(index, size, read_of(hashes)), plain_root(hashes)
    assert proof == plain_path(index, hashes)
    assert is_included(hashes[index], index, size, proof, root)
    assert not is_included(leaf_hash(b"another"), index, size, proof, root)
    assert not is_included(hashes[index], index, size, [*proof, root], root)
    assert not is_included(hashes[index], size, size, proof, root)
    assert all(not is_included(hashes[index], index, size, _altered(proof, at), root) for at in range(len(proof)))
    if proof:
        assert not is_included(hashes[index], index, size, proof[:-1], root)
        assert not is_included(hashes[index], index ^ 1, size, proof, root)


@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))))
def test_consistency_proofs_are_those_of_the_definition_and_hold_for_no_other_history(sizes: tuple[int, int]) -> None:
    old, new = sizes
    hashes = leaves(new)
    proof = consistency_proof(old, new, read_of(hashes))
    old_root, new_root = plain_root(hashes[:old]), plain_root(hashes)
    assert proof == plain_proof(old, hashes)
    assert is_consistent(old, old_root, new, new_root, proof)
    assert not is_consistent(old, leaf_hash(b"another"), new, new_root, proof)
    assert not is_consistent(old, old_root, new, leaf_hash(b"another"), proof)
    assert not is_consistent(old, old_root, new, new_root, [*proof, new_root])
    assert all(not is_consistent(old, old_root, new, new_root, _altered(proof, at)) for at in range(len(proof)))
    if proof:
        assert not is_consistent(old, old_root, new, new_root, proof[:-1])
        assert not is_consistent(new, new_root, old, old_root, proof)


def test_from_nothing_anything_may_grow_but_nothing_has_one_root_only() -> None:
    assert is_consistent(0, EMPTY_ROOT, 3, plain_root(leaves(3)), [])
    assert not is_consistent(0, leaf_hash(b""), 3, plain_root(leaves(3)), [])
    assert not is_consistent(0, EMPTY_ROOT, 3, plain_root(leaves(3)), [EMPTY_ROOT])


def _altered(proof: list[bytes], at: int) -> list[bytes]:
    return [bytes([step[0] ^ 1]) + step[1:] if n == at else step for n, step in enumerate(proof)]


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ((0, 0, 256), "tile/0/000"),
        ((0, 1234067, 256), "tile/0/x001/x234/067"),
        ((1, 3, 17), "tile/1/003.p/17"),
        (("entries", 1000, 256), "tile/entries/x001/000"),
    ],
)
def test_tiles_stand_where_the_standard_says(place: tuple[int | str, int, int], path: str) -> None:
    assert tile_path(*place) == path


@settings(max_examples=20)
@given(st.integers(1, 3_000), st.randoms(use_true_random=False))
def test_proofs_read_from_tiles_are_those_of_the_leaves(size: int, chance: object) -> None:
    hashes = leaves(size)
    tiled = reading(lambda level, number: _tile(hashes, level, number))
    index = hash((size, str(chance))) % size
    assert root_of(size, tiled) == plain_root(hashes)
    assert inclusion_proof(index, size, tiled) == plain_path(index, hashes)
    assert consistency_proof(index + 1, size, tiled) == plain_proof(index + 1, hashes)


def _tile(hashes: list[bytes], level: int, number: int) -> list[bytes]:
    width = 256**level
    whole = [hashes[start : start + width] for start in range(0, len(hashes) - len(hashes) % width, width)]
    return [plain_root(each) for each in whole][number * 256 : (number + 1) * 256]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_an_entry_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert unpacked(packed(entries), "tile/entries/000") == entries
    assert hashes_of(b"".join(map(leaf_hash, entries)), "tile/0/000") == list(map(leaf_hash, entries))
