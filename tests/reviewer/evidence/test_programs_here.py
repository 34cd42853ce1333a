"""The programs for evidence in the tests' own process: they tell the same of our own samples as in the room."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from reviewer.room import clues, proof
from reviewer.room.frames import DONE, HEAD
from tests.reviewer.evidence.bundles import NAME, Signer, made, photo, stem_of, zipped
from tests.reviewer.evidence.test_clues import everything, heic, saved
from tests.reviewer.room.test_films import ANDROID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Told = list[tuple[dict[str, Any], bytes]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """Runs a program here on some bytes."""

    def run(program: Any, data: bytes, **task: object) -> Told:
        (tmp_path / "task.json").write_text(json.dumps(task))
        monkeypatch.chdir(tmp_path)
        out = io.BytesIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
            patch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
            program.main()
        return list(_frames(out.getvalue()))

    return run


def _frames(raw: bytes) -> Told:
    found: Told = []
    while raw:
        head, body = HEAD.unpack_from(raw)
        ends = HEAD.size + head + body
        found.append((json.loads(raw[HEAD.size : HEAD.size + head]), raw[HEAD.size + head : ends]))
        raw = raw[ends:]
    assert found.pop() == (DONE, b"")
    return found


def _zip(here: Callable[..., Told], files: dict[str, bytes] | bytes) -> Told:
    data = files if isinstance(files, bytes) else zipped(files)
    return here(proof, data * 2, files=[["b.zip", len(data)]], zip=True, members=250, most=1 << 20)


def _beside(here: Callable[..., Told], *files: tuple[str, bytes]) -> Told:
    sizes = [[name, len(data)] for name, data in files]
    return here(proof, b"".join(data for _name, data in files) * 2, files=sizes, zip=False, members=250, most=1 << 20)


def _first(told: Told, name: str) -> list[Any]:
    return [fields[name] for fields, _data in told if next(iter(fields)) == name]


def test_a_bundle_is_told_part_by_part(here: Callable[..., Told], whole: dict[str, bytes]) -> None:
    for told in (_zip(here, whole | {"more.txt": b"a"}), _beside(here, *whole.items(), ("more.txt", b"a"))):
        assert _first(told, "member") == [*whole, "more.txt"]
        assert _first(told, "extra") == ["more.txt"]
        assert _first(told, "table") == ["csv", "json"]
        assert [fields["state"] for fields, _data in told if "signature" in fields] == ["good"] * 3
        assert [data for fields, data in told if "picture" in fields] == [whole[NAME]]


def test_parts_that_are_missing_are_not_told(here: Callable[..., Told], whole: dict[str, bytes]) -> None:
    stem = stem_of(whole)
    without = {name: data for name, data in whole.items() if name not in {NAME, "pubkey.asc", f"{stem}.asc"}}
    told = _zip(here, without | {f"{stem}.ots": b"none"})
    assert [fields["state"] for fields, _data in told if "key" in fields] == ["missing"]
    assert _first(told, "signature") == _first(told, "picture") == []
    assert _first(told, "stamp") == [""]
    damaged = _zip(here, whole | {"pubkey.asc": b"none", "my-pubkey.asc": b"none", f"{stem}.proof.json": b"none"})
    assert [fields["state"] for fields, _data in damaged if "key" in fields] == ["several"]
    assert [fields["read"] for fields, _data in damaged if "table" in fields] == [True, False]


def test_a_photo_is_found_by_its_name_its_digest_or_alone(
    here: Callable[..., Told], whole: dict[str, bytes], signer: Signer
) -> None:
    changed = whole | {NAME: photo(make="Other")}
    renamed = {"other.jpg" if name == NAME else name: data for name, data in changed.items()}
    for files, name in ((changed, NAME), (renamed, "other.jpg")):
        assert [fields["media"] for fields, _data in _zip(here, files) if "proof" in fields] == [name]
    no_signature = {name: data for name, data in whole.items() if name != f"{stem_of(whole)}.asc"}
    assert len(_first(_zip(here, no_signature), "signature")) == 2
    assert len(_first(_zip(here, whole | made(signer, photo(make="B"))), "proof")) == 2


def test_what_is_refused_says_why(here: Callable[..., Told], whole: dict[str, bytes]) -> None:
    assert _zip(here, whole | {"../up": b"a"})[0][0] == {"refused": "names", "name": "../up"}
    assert _zip(here, {"../up": b"a"})[0][0] == {"refused": "none", "name": "../up"}
    assert _zip(here, {"a.txt": b"a"})[0][0] == {"refused": "none", "name": ""}
    assert _beside(here, ("a.txt", b"a"), ("a.txt", b"b"))[0][0] == {"refused": "twice", "name": "a.txt"}


@pytest.mark.parametrize(
    ("data", "kind", "names"),
    [
        (everything(), "JPEG", {"GPSLatitude", "GPSAltitude", "Make", "CreatorTool", "comment"}),
        (heic("Phone 3"), "HEIF", {"Make"}),
        (saved("PDF", author="A. Person"), "PDF", {"Author"}),
        (ANDROID, "MP4", {"location", "creation_time"}),
        (ANDROID[:-5], "MP4", {"boxes"}),
        (saved("JPEG", xmp=b"<!DOCTYPE a><a/>"), "JPEG", {"packet"}),
    ],
)
def test_clues_are_told_after_the_format(here: Callable[..., Told], data: bytes, kind: str, names: set[str]) -> None:
    (first, _data), *rest = here(clues, data, most=200, letters=500)
    assert first == {"format": kind}
    assert names <= {fields["name"] for fields, _data in rest}
    assert len(here(clues, data, most=1, letters=3)) == 2


def test_values_of_every_form_become_texts() -> None:
    assert clues.plain("a\0") == "a"
    assert clues.plain(b"UNICODE\0a\0b\0") == "ab"
    assert clues.plain("ab".encode("utf-16-le")) == "ab"
    assert clues.plain((1, b"b")) == "1 b"
    assert list(clues.place({2: ("x", 0, 0), 29: "2026:11:01"})) == [
        ("time", "EXIF", "GPSDateStamp", "2026:11:01  UTC")
    ]
