"""Looks at a ProofMode bundle: a ZIP, or files that lie beside each other. Runs in the room.

Task: ``files``, names and sizes, and ``zip``, whether it is one. Standard input: these files one after the other, and
then once more: the first time digests and small members are taken, the second time signatures are checked, since what
they need stands behind what they are over.

Frames, in this order:
- ``{"refused": code, "name": member}``, then nothing more; ``"none"`` where nothing says that it is a ProofMode bundle.
- ``{"member": name, "size": bytes, "sha256": hex}`` of each.
- ``{"extra": name}`` of each that belongs to no proof.
- ``{"key": name, "state": word}``, then ``{"owner": fingerprint, "made": seconds, "names": [...], "usable": bool}``.
- ``{"proof": stem, "media": name, "beside": {role: name}}`` of each proof, then its ``{"table": role, "of": stem,
  "read": bool, "fields": {...}, "digest": hex, "file": name}`` and ``{"stamp": hex, "of": stem}``.
- ``{"signature": role, "of": stem, "state": word, "fingerprint": hex, "made": seconds, "digest": number}`` of each that
  could be checked, and ``{"picture": stem}`` with the file itself, where it is small enough to be looked into.
- ``{"tool": name and version}``.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reviewer.room.frames import DONE, give, task
from reviewer.room.openpgp_checks import Checking, prepare
from reviewer.room.proof_tables import UnreadError, digest, file_name, read_csv, read_json, stamped
from reviewer.room.zip_stream import Most, RefusedError, ZipStream, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Members = Iterator[tuple[str, Iterator[bytes]]]

SMALL = 64 * 1024
"""Bytes of a member that is kept: proofs have 1 KiB, keys and signatures 4."""
PICTURE = 32 * 1024 * 1024
"""Bytes of a file that is looked into: photos have 12 MB."""
_CHUNK = 64 * 1024
_KEY = re.compile(r"(?i).*(pub|public)_?-?key\.(asc|pgp|gpg)")
_PROOF = re.compile(r"(.+)\.proof\.(?:csv|json)")
_MARKS = (b".proof.csv", b".proof.json")
_BESIDE = re.compile(r"(?i)howtoverifyproofdata\.txt|.*batchproof\.csv|.*c2pa.*\.(pem|crt|cert)")
_MORE = re.compile(r"\.(nostr|provider|uri|devicecheck|ipfs-cids\.json|lp[\w.-]*\.json)")
"""Endings of what newer apps put beside a proof."""
_ROLES = {
    "media-signature": ".asc",
    "csv": ".proof.csv",
    "csv-signature": ".proof.csv.asc",
    "json": ".proof.json",
    "json-signature": ".proof.json.asc",
    "stamp": ".ots",
    "safety": ".gst",
}
_SIGNED = {"media": "media-signature", "csv": "csv-signature", "json": "json-signature"}
_READERS: dict[str, Callable[[bytes], dict[str, str]]] = {"csv": read_csv, "json": read_json}


@dataclass
class Member:
    """One file of the bundle; ``data`` of those that are kept."""

    name: str
    size: int = 0
    sha256: str = ""
    data: bytes | None = None


@dataclass
class Proof:
    """What belongs to one file: the members beside it by their roles."""

    stem: str
    media: str = ""
    beside: dict[str, str] = field(default_factory=dict)


class Given:
    """Standard input, piece by piece; it notices names of proofs in what goes by."""

    def __init__(self) -> None:
        self.marked = False
        self._last = b""

    def read(self, size: int) -> bytes:
        """Read some bytes; none at the end."""
        data = sys.stdin.buffer.read(size)
        window = self._last + data
        self.marked = self.marked or any(mark in window for mark in _MARKS)
        self._last = window[-16:]
        return data

    def part(self, size: int) -> Callable[[int], bytes]:
        """Return a function that reads so many bytes of it and no more."""
        left = size

        def read(most: int) -> bytes:
            nonlocal left
            data = self.read(min(most, left))
            left -= len(data)
            return data

        return read


def pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Read to the end."""
    while data := read(_CHUNK):
        yield data


def members(asked: dict[str, Any], given: Given) -> Members:
    """Give each file of the bundle once; raises RefusedError."""
    files: list[tuple[str, int]] = asked["files"]
    if asked["zip"]:
        [(_name, size)] = files
        yield from ZipStream(given.part(size), Most(asked["members"], asked["most"])).members()
        return
    seen: set[str] = set()
    for raw, size in files:
        if (name := plain_name(raw.encode("utf-8", "replace"))) in seen:
            raise RefusedError("twice", name)
        seen.add(name)
        yield name, pieces(given.part(size))


def measured(name: str, content: Iterator[bytes]) -> Member:
    """Take one member's digest and size, and its bytes where it is small."""
    member, kept, hashed = Member(name), bytearray(), hashlib.sha256()
    for data in content:
        member.size += len(data)
        hashed.update(data)
        if member.size <= SMALL:
            kept += data
    member.sha256 = hashed.hexdigest()
    member.data = bytes(kept) if member.size <= SMALL else None
    return member


def proofs(found: dict[str, Member]) -> tuple[list[Proof], list[str]]:
    """Say which member belongs to which proof, and which to none."""
    stems = sorted({match[1] for name in found if (match := _PROOF.fullmatch(name))})
    made = [Proof(stem, "", _beside(stem, found)) for stem in stems]
    taken = {name for proof in made for name in proof.beside.values()}
    free = {
        name
        for name in set(found) - taken
        if not (_KEY.fullmatch(name) or _BESIDE.fullmatch(name))
        and not any(name.startswith(stem) and _MORE.fullmatch(name.removeprefix(stem)) for stem in stems)
    }
    for proof in made:
        proof.media = _media(proof, found, free)
        free.discard(proof.media)
    if len(free) == 1 and [proof.media for proof in made].count("") == 1:
        next(proof for proof in made if not proof.media).media = free.pop()
    return made, sorted(free)


def _beside(stem: str, found: dict[str, Member]) -> dict[str, str]:
    return {role: stem + ending for role, ending in _ROLES.items() if stem + ending in found}


def _media(proof: Proof, found: dict[str, Member], free: set[str]) -> str:
    """Find a proof's file: by its name or digest, by the name that the proof says."""
    for name in sorted(free):
        if name == proof.stem or found[name].sha256 == proof.stem:
            return name
    said = {file_name(fields) for role in _READERS if (fields := _fields(role, proof, found))}
    return next((name for name in sorted(free) if name in said), "")


def _fields(role: str, proof: Proof, found: dict[str, Member]) -> dict[str, str] | None:
    data = found[proof.beside[role]].data if role in proof.beside else None
    try:
        return None if data is None else _READERS[role](data)
    except UnreadError:
        return None


def tell(found: dict[str, Member], made: list[Proof]) -> str:
    """Give what the first look found, and return the name of the key."""
    for member in found.values():
        give({"member": member.name, "size": member.size, "sha256": member.sha256})
    names = [name for name in found if _KEY.fullmatch(name)]
    state, owners = "missing", []
    if len(names) == 1:
        owners = prepare(found[names[0]].data or b"")
        state = "read" if owners else "unreadable"
    elif names:
        state = "several"
    give({"key": names[0] if names else "", "state": state})
    for owner in owners:
        give({"owner": owner.fingerprint, "made": owner.made, "names": owner.names, "usable": owner.usable})
    for proof in made:
        give({"proof": proof.stem, "media": proof.media, "beside": proof.beside})
        tell_tables(proof, found)
    return names[0] if owners else ""


def tell_tables(proof: Proof, found: dict[str, Member]) -> None:
    """Give what a proof's tables and its time stamp say."""
    for role in _READERS:
        if role in proof.beside:
            fields = _fields(role, proof, found)
            said = {"digest": digest(fields or {}), "file": file_name(fields or {})}
            give({"table": role, "of": proof.stem, "read": fields is not None, "fields": fields or {}, **said})
    if "stamp" in proof.beside:
        give({"stamp": stamped(found[proof.beside["stamp"]].data or b""), "of": proof.stem})


def check(proof: Proof, role: str, found: dict[str, Member], content: Iterator[bytes]) -> None:
    """Check one signature over bytes that go by."""
    signature = _SIGNED[role]
    if signature not in proof.beside:
        return
    checking = Checking(found[proof.beside[signature]].data or b"")
    for data in content:
        checking.feed(data)
    result = checking.result()
    about = {"fingerprint": result.fingerprint, "made": result.made, "digest": result.digest}
    give({"signature": signature, "of": proof.stem, "state": result.state, **about})


def second_look(asked: dict[str, Any], given: Given, found: dict[str, Member], made: list[Proof], key: str) -> None:
    """Check signatures over small members, then over each file as it comes by again."""
    if key:
        for proof in made:
            for role in sorted(_READERS.keys() & proof.beside.keys()):
                check(proof, role, found, iter([found[proof.beside[role]].data or b""]))
    of = {proof.media: proof for proof in made if proof.media}
    for name, content in members(asked, given):
        if name not in of:
            for _rest in content:
                pass
            continue
        kept = bytearray()
        taking = _kept(content, kept) if found[name].size <= PICTURE else content
        if key:
            check(of[name], "media", found, taking)
        for _rest in taking:
            pass
        if hashlib.sha256(kept).hexdigest() == found[name].sha256:
            give({"picture": of[name].stem}, bytes(kept))


def _kept(content: Iterator[bytes], kept: bytearray) -> Iterator[bytes]:
    for data in content:
        kept += data
        yield data


def main() -> None:
    """Look twice."""
    asked, given = task(), Given()
    try:
        found = {name: measured(name, content) for name, content in members(asked, given)}
    except RefusedError as refused:
        for _rest in pieces(given.read):
            pass
        give({"refused": refused.code if given.marked or not asked["zip"] else "none", "name": refused.name})
        give(DONE)
        return
    made, extra = proofs(found)
    if not made:
        give({"refused": "none", "name": ""})
        give(DONE)
        return
    for name in extra:
        give({"extra": name})
    second_look(asked, given, found, made, tell(found, made))
    give({"tool": subprocess.run(["gpgv", "--version"], capture_output=True, check=True, text=True).stdout[:80]})
    give(DONE)


if __name__ == "__main__":
    main()
