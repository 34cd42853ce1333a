"""Bundles: every vector, writing durably, reading strictly, a stock tar opens them."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.sealing.bundle import (
    Acknowledgement,
    BlobEntry,
    Bundle,
    BundleBytes,
    ChainId,
    ChainPosition,
    Direction,
    Health,
    Manifest,
    UntrustedBundle,
    head_of,
    write_bundle,
)
from keys.sealing.errors import FormatError, KhomoError, SignatureError
from keys.sealing.limits import BLOB_BYTES, PUBLIC_BUNDLE_BYTES
from keys.sealing.notes import add_signature
from tests.keys.sealing import bundle_forge
from tests.keys.sealing.signers import DESK, REVIEWER, SERVER
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from keys.sealing.notes import SigningKey

ACCEPTED = [REVIEWER.verify_key, SERVER.verify_key]
BLOBS = bundle_forge.BLOBS
CHAIN = ChainId("example.org/server", Direction.TO_DESK, "0a" * 16)
OLD_CHAIN = ChainId("example.org/server", Direction.TO_DESK, "0b" * 16)
ANSWERS = ChainId("example.org/desk", Direction.TO_SERVER, "0c" * 16)
MANIFEST = Manifest(
    CHAIN,
    1,
    None,
    date(2026, 11, 20),
    tuple(BlobEntry(name, len(blob), hashlib.sha256(blob).hexdigest()) for name, blob in BLOBS.items()),
)


def open_blob(entry: BlobEntry) -> BinaryIO:
    return io.BytesIO(BLOBS[entry.id])


def written(folder: Path, manifest: Manifest = MANIFEST) -> Path:
    path = folder / "a.bundle"
    write_bundle(path, manifest, open_blob, SERVER)
    return path


def verified(path: Path) -> Bundle:
    return UntrustedBundle(path).verify(ACCEPTED)


def contents(bundle: Bundle) -> dict[str, bytes]:
    return {entry.id: blob.read() for entry, blob in bundle.blobs()}


def test_the_vectors_are_what_the_forge_makes() -> None:
    assert stored("bundle") == bundle_forge.make()


@vectors("bundle", "accept")
def test_good_bundles_are_read(path: Path) -> None:
    bundle = verified(path)
    assert contents(bundle) == ({} if path.stem == "no-blobs" else BLOBS)
    assert bundle.digest == head_of(bundle.note)


@vectors("bundle", "accept")
def test_good_bundles_are_written_again_byte_for_byte(path: Path, tmp_path: Path) -> None:
    bundle = verified(path)
    assert write_bundle(tmp_path / "again", bundle.manifest, open_blob, SERVER) == bundle.digest
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


@vectors("bundle", "accept")
def test_good_bundles_are_made_without_a_file_byte_for_byte(path: Path) -> None:
    bundle = verified(path)
    made = BundleBytes(bundle.note, bundle.manifest, open_blob)
    assert made.size == path.stat().st_size
    assert made.read(0, made.size + 1) == path.read_bytes()


@given(st.integers(0, 40_000), st.integers(0, 5_000))
def test_any_piece_of_a_bundle_is_made_without_a_file(start: int, length: int) -> None:
    note = MANIFEST.to_note(SERVER)
    assert BundleBytes(note, MANIFEST, open_blob).read(start, length) == bundle_forge.GOOD[start : start + length]


def test_a_piece_before_a_blob_does_not_open_it() -> None:
    def never(entry: BlobEntry) -> BinaryIO:
        raise AssertionError(entry.id)

    made = BundleBytes(MANIFEST.to_note(SERVER), MANIFEST, never)
    first = bundle_forge.GOOD.index(BLOBS[MANIFEST.blobs[0].id])
    assert made.read(0, first) == bundle_forge.GOOD[:first]


def test_a_blob_that_became_shorter_is_noticed_while_a_bundle_is_made() -> None:
    made = BundleBytes(MANIFEST.to_note(SERVER), MANIFEST, lambda entry: io.BytesIO(BLOBS[entry.id][:-1]))
    with pytest.raises(FormatError, match="not the one in the manifest"):
        made.read(0, made.size)


@vectors("bundle", "signature")
def test_bundles_by_the_wrong_hand_are_refused(path: Path) -> None:
    with pytest.raises(SignatureError):
        verified(path)


@vectors("bundle", "format")
def test_bundles_that_are_not_as_they_should_are_refused(path: Path) -> None:
    with pytest.raises(FormatError):
        verified(path)


def test_what_is_too_short_and_what_is_too_long_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "other.bundle"
    for content, says in ((bundle_forge.GOOD[:-1], "is cut off"), (bundle_forge.GOOD + b"\0", "holds more")):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=says):
            verified(path)


@vectors("bundle", "content")
def test_blobs_that_are_not_what_was_signed_are_refused_at_their_end(path: Path) -> None:
    bundle = verified(path)
    with pytest.raises(FormatError, match="not the one in the manifest"):
        contents(bundle)


@pytest.mark.parametrize(("chain", "key", "other"), [(CHAIN, SERVER, "desk"), (ANSWERS, DESK, "server")])
def test_a_bundle_for_the_other_machine_is_told_whoever_signed_it(
    tmp_path: Path, chain: ChainId, key: SigningKey, other: str
) -> None:
    path = tmp_path / "a.bundle"
    acknowledged = Acknowledgement(ANSWERS if chain is CHAIN else CHAIN, 1)
    write_bundle(path, replace(MANIFEST, chain=chain, acknowledges=acknowledged), open_blob, key)
    towards = {"desk": Direction.TO_DESK, "server": Direction.TO_SERVER}
    wrong = towards["server" if other == "desk" else "desk"]
    for accepted in ([key.verify_key], [REVIEWER.verify_key]):
        with pytest.raises(FormatError, match=f"This bundle is for the {other}."):
            UntrustedBundle(path).verify(accepted, wrong)
    assert UntrustedBundle(path).verify([key.verify_key], towards[other]).manifest.chain == chain


def test_all_of_a_manifest_comes_back(tmp_path: Path) -> None:
    manifest = replace(
        MANIFEST,
        number=3,
        previous="ab" * 32,
        resumes=ChainPosition(OLD_CHAIN, 9, "cd" * 32),
        health=Health(7, 2**40, "0.1.0", ("Disk nearly full.",)),
        acknowledges=Acknowledgement(ANSWERS, 4),
        public_bundle="a note\n",
    )
    bundle = verified(written(tmp_path, manifest))
    assert bundle.manifest == manifest
    assert Manifest.from_note(bundle.note, ACCEPTED) == manifest, "leads get the manifest without the blobs"


def test_a_public_bundle_over_its_limit_is_refused() -> None:
    note = replace(MANIFEST, public_bundle="x" * (PUBLIC_BUNDLE_BYTES + 1)).to_note(SERVER)
    with pytest.raises(FormatError, match="public_bundle"):
        Manifest.from_note(note, ACCEPTED)


# Writing.


def test_stock_tar_reads_a_bundle(tmp_path: Path) -> None:
    path = written(tmp_path)
    with tarfile.open(path) as archive:
        assert archive.getnames() == ["manifest", *(f"blobs/{name}" for name in BLOBS)]
    result = subprocess.run(
        ["tar", "--extract", "--file", path, "--directory", tmp_path], check=True, capture_output=True
    )
    assert result.stderr == b""
    assert {blob.name: blob.read_bytes() for blob in (tmp_path / "blobs").iterdir()} == BLOBS


def test_the_same_bundle_is_the_same_bytes(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a", MANIFEST, open_blob, SERVER)
    write_bundle(tmp_path / "b", MANIFEST, open_blob, SERVER)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_bundle_is_never_written_over_another(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(FileExistsError):
        write_bundle(path, MANIFEST, open_blob, SERVER)


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    told: list[int] = []
    write_bundle(tmp_path / "a", MANIFEST, open_blob, SERVER, told.append)
    assert told == [len(blob) for blob in BLOBS.values()]


def test_a_bundle_is_signed_by_the_key_of_its_chain(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match="another signer"):
        write_bundle(tmp_path / "a", MANIFEST, open_blob, DESK)


WRONG_BLOBS: dict[str, Callable[[bytes], bytes]] = {
    "shorter": lambda blob: blob[:-1],
    "longer": lambda blob: blob + b"x",
    "changed": lambda blob: blob.replace(b"\x05", b"\x06"),
    "empty": lambda _blob: b"",
}


@pytest.mark.parametrize("spoil", WRONG_BLOBS.values(), ids=WRONG_BLOBS)
def test_a_blob_that_is_not_as_listed_leaves_no_bundle(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    def open_wrong(entry: BlobEntry) -> BinaryIO:
        return io.BytesIO(spoil(BLOBS[entry.id]) if entry == MANIFEST.blobs[2] else BLOBS[entry.id])

    with pytest.raises(FormatError, match=MANIFEST.blobs[2].id):
        write_bundle(tmp_path / "a", MANIFEST, open_wrong, SERVER)
    assert list(tmp_path.iterdir()) == []


def test_a_stick_that_loses_bytes_is_noticed_before_the_bundle_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(descriptor: int, *_args: int) -> None:
        os.pwrite(descriptor, b"?", bundle_forge.GOOD.index(b"first"))

    monkeypatch.setattr(os, "posix_fadvise", lose)
    with pytest.raises(FormatError, match="not the one in the manifest"):
        written(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_stick_that_spoils_the_layout_is_noticed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(descriptor: int, *_args: int) -> None:
        os.pwrite(descriptor, b"?", bundle_forge.GOOD.index(b"first") + 100)

    monkeypatch.setattr(os, "posix_fadvise", spoil)
    with pytest.raises(FormatError, match="does not look as its manifest says"):
        written(tmp_path)
    assert list(tmp_path.iterdir()) == []


# Reading.


def test_blobs_that_are_there_already_are_skipped(tmp_path: Path) -> None:
    names = list(BLOBS)
    bundle = verified(written(tmp_path))
    assert [entry.id for entry, _ in bundle.blobs(skip={names[0], names[2]})] == [names[1]]


def test_blobs_that_nobody_reads_do_not_disturb_the_next(tmp_path: Path) -> None:
    read = []
    for entry, blob in verified(written(tmp_path)).blobs():
        blob.read(2)
        read.append(entry)
    assert tuple(read) == MANIFEST.blobs


def test_a_blob_is_closed_when_the_next_one_comes(tmp_path: Path) -> None:
    blobs = [blob for _, blob in verified(written(tmp_path)).blobs()]
    assert all(blob.closed for blob in blobs)


def test_a_file_that_changes_after_the_check_gives_out_no_last_byte(tmp_path: Path) -> None:
    path = written(tmp_path)
    bundle = verified(path)
    path.write_bytes(path.read_bytes().replace(BLOBS["11" * 16], b"FIRST"))
    with pytest.raises(FormatError):
        contents(bundle)


def test_a_file_cut_off_after_the_check_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path)
    bundle = verified(path)
    os.truncate(path, path.stat().st_size - 1024 - 700)
    with pytest.raises(FormatError):
        contents(bundle)


@pytest.mark.parametrize(
    "wrong",
    [("../up", 0, "ab" * 32), ("11" * 16, -1, "ab" * 32), ("11" * 16, 8 * 2**30, "ab" * 32), ("11" * 16, 0, "ab")],
)
def test_a_blob_entry_is_right_by_construction(wrong: tuple[str, int, str]) -> None:
    with pytest.raises(FormatError):
        BlobEntry(*wrong)


def test_a_blob_may_be_as_large_as_the_limit_says() -> None:
    assert BlobEntry("11" * 16, BLOB_BYTES, "ab" * 32).size == BLOB_BYTES
    with pytest.raises(FormatError):
        BlobEntry("11" * 16, BLOB_BYTES + 1, "ab" * 32)


def test_a_head_is_the_digest_of_what_is_signed_not_of_the_signatures() -> None:
    note = bundle_forge.note()
    assert head_of(note) == hashlib.sha256(note[: note.index(b"\n\n") + 1]).hexdigest()
    assert head_of(add_signature(note, DESK)) == head_of(note)


@pytest.mark.parametrize("size", [31, 33])
def test_heads_are_sha256(size: int) -> None:
    with pytest.raises(FormatError, match="right length"):
        Manifest.from_note(bundle_forge.note(number=2, previous="ab" * size), ACCEPTED)
    resumes = {"chain": bundle_forge.OLD_CHAIN, "head": "ab" * size, "number": 1}
    with pytest.raises(FormatError, match="right length"):
        Manifest.from_note(bundle_forge.note(resumes=resumes), ACCEPTED)


def test_the_first_bundle_of_a_chain_is_acknowledged_and_resumed_like_any_other() -> None:
    resumes = {"chain": bundle_forge.OLD_CHAIN, "head": "ab" * 32, "number": 1}
    acknowledges = {"chain": bundle_forge.ANSWER_CHAIN, "number": 1}
    manifest = Manifest.from_note(bundle_forge.note(resumes=resumes, acknowledges=acknowledges), ACCEPTED)
    assert manifest.resumes is not None
    assert manifest.acknowledges is not None
    assert manifest.resumes.number == manifest.acknowledges.number == 1


def test_a_manifest_lists_blobs_in_order(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="sorted"):
        written(tmp_path, replace(MANIFEST, blobs=MANIFEST.blobs[::-1]))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.binary(min_size=16, max_size=16).map(bytes.hex), st.binary(max_size=2_000), max_size=8))
def test_any_blobs_come_back(tmp_path: Path, blobs: dict[str, bytes]) -> None:
    path = tmp_path / "any"
    path.unlink(missing_ok=True)
    entries = (BlobEntry(name, len(blob), hashlib.sha256(blob).hexdigest()) for name, blob in sorted(blobs.items()))
    write_bundle(path, replace(MANIFEST, blobs=tuple(entries)), lambda entry: io.BytesIO(blobs[entry.id]), SERVER)
    assert contents(verified(path)) == blobs


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(bundle_forge.GOOD) - 1), st.integers(1, 255))
def test_no_byte_of_a_bundle_can_change(tmp_path: Path, position: int, change: int) -> None:
    changed = bytearray(bundle_forge.GOOD)
    changed[position] ^= change
    (tmp_path / "changed").write_bytes(changed)
    with pytest.raises(KhomoError):
        contents(verified(tmp_path / "changed"))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2_000) | st.integers(0, len(bundle_forge.GOOD) - 1).map(lambda end: bundle_forge.GOOD[:end]))
def test_any_other_file_is_refused_with_an_explanation(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "any").write_bytes(content)
    with pytest.raises(KhomoError):
        verified(tmp_path / "any")
