"""Lets the sandbox read a ProofMode bundle, and checks each field of what it tells.

Rules:
1. This side hands the bytes on, twice in a row, and opens none of them; a ZIP's members come out as digests, tables and
   the one file that clues are looked for in, which goes into the sandbox again as it came.
2. A bundle that ends or breaks the program is no missing bundle: it is one that was not read. So is one with a picture
   that takes too long.
3. Of files that lie beside each other the vault knows the digests: another one from the sandbox refuses them.
"""

from __future__ import annotations

import io
import shutil
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reviewer.evidence import fields, limits
from reviewer.evidence.clues import clues_or_end
from reviewer.evidence.values import (
    Bundle,
    KeyState,
    Member,
    NotRead,
    Owner,
    Proof,
    Refused,
    Role,
    Signature,
    SignatureState,
    Table,
)
from reviewer.sandbox.bubblewrap import Bounds
from reviewer.sandbox.errors import CutOffError, NotReadError, SandboxError
from reviewer.sandbox.limits import most_from
from reviewer.sandbox.worker import Worker, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from keys.sealing.canonical import JSON
    from reviewer.sandbox.worker import Frame

_PATH = "/usr/bin:/usr/sbin:/bin:/sbin"
_NEEDED = {"gpgv": "gpgv", "gpg": "gnupg"}
_WORKER = Worker(
    "proof",
    bounds=Bounds(memory=limits.MEMORY, wall_seconds=limits.WALL_SECONDS),
    frames=limits.FRAMES,
    head_bytes=limits.HEAD_BYTES,
    data_bytes=limits.PICTURE_BYTES,
    most=limits.UNPACKED + limits.FRAMES * limits.HEAD_BYTES,
    parts=("openpgp_checks", "proof_tables", "zip_stream"),
)


@dataclass(frozen=True)
class File:
    """One file as it lies in the vault: its name, its size, how it is opened, and its digest."""

    name: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False)
    sha256: str


def read_bundle(files: Sequence[File], *, is_zip: bool) -> Bundle | NotRead:
    """Read one ZIP, or files that belong together.

    Raises:
        SandboxError: there is no sandbox; nothing was read.
    """
    for program, package in _NEEDED.items():
        if shutil.which(program, path=_PATH) is None:
            raise SandboxError(f"Signatures cannot be checked: {program} is not here.", f"Install {package}.")
    most = sum(most_from(file.size) for file in files)
    task: dict[str, JSON] = {
        "zip": is_zip,
        "files": [[file.name, file.size] for file in files],
        "members": limits.MEMBERS,
        "most": min(most, limits.UNPACKED),
    }
    told = _Told()
    try:
        with closing(_Twice(files)) as source:
            work(_WORKER, task, source, told.take)
        found = told.result()
        if isinstance(found, Bundle) and not is_zip:
            _compare(found, files)
    except (CutOffError, NotReadError):
        return NotRead(Refused.BROKE)
    return found


def _compare(found: Bundle, files: Sequence[File]) -> None:
    known = {file.name: file.sha256 for file in files}
    if {one.name: one.sha256 for one in found.members} != known:
        raise NotReadError("The sandbox read other files than were given to it.")


class _Twice:
    """Some files one after the other, and then once more."""

    def __init__(self, files: Sequence[File]) -> None:
        self._open = self._streams(files)
        self._now: BinaryIO | None = next(self._open, None)

    @staticmethod
    def _streams(files: Sequence[File]) -> Iterator[BinaryIO]:
        for file in (*files, *files):
            with file.open() as stream:
                yield stream

    def read(self, size: int, /) -> bytes:
        while self._now is not None:
            if data := self._now.read(size):
                return data
            self._now = next(self._open, None)
        return b""

    def close(self) -> None:
        self._now = None
        self._open.close()  # type: ignore[attr-defined]  # a generator


class _Told:
    """Takes what the program tells."""

    def __init__(self) -> None:
        self._not_read: NotRead | None = None
        self._members: dict[str, Member] = {}
        self._extra: list[str] = []
        self._key: KeyState | None = None
        self._owners: list[Owner] = []
        self._proofs: dict[str, Proof] = {}
        self._tool = ""
        self._pictured: set[str] = set()
        self._takers: dict[str, Callable[[Mapping[str, Any], bytes], None]] = {
            "refused": self._refused,
            "member": self._member,
            "extra": self._take_extra,
            "key": self._take_key,
            "owner": self._owner,
            "proof": self._proof,
            "table": self._table,
            "stamp": self._stamp,
            "signature": self._signature,
            "picture": self._picture,
            "tool": self._take_tool,
        }

    def take(self, frame: Frame) -> None:
        """Take one frame, by its first name."""
        kind = next(iter(frame.fields), "")
        if kind not in self._takers:
            raise NotReadError("The program that looks at bundles gave what nobody asked for.")
        try:
            self._takers[kind](frame.fields, frame.data)
        except KeyError as error:
            raise NotReadError("The program that looks at bundles left something out.") from error

    def result(self) -> Bundle | NotRead:
        """Return what was found."""
        if self._not_read is not None:
            return self._not_read
        if self._key is None or not self._proofs:
            raise NotReadError("The program that looks at bundles told nothing.")
        return Bundle(
            tuple(self._proofs.values()),
            self._key,
            tuple(self._owners),
            tuple(self._members.values()),
            tuple(self._extra),
            self._tool,
        )

    def _refused(self, said: Mapping[str, Any], _data: bytes) -> None:
        self._not_read = NotRead(fields.word(said["refused"], Refused), _name(said["name"]))

    def _member(self, said: Mapping[str, Any], _data: bytes) -> None:
        one = Member(_name(said["member"]), fields.number(said["size"]), fields.hexadecimal(said["sha256"]))
        self._members[one.name] = one

    def _take_extra(self, said: Mapping[str, Any], _data: bytes) -> None:
        self._extra.append(_name(said["extra"]))

    def _take_key(self, said: Mapping[str, Any], _data: bytes) -> None:
        self._key = fields.word(said["state"], KeyState)

    def _owner(self, said: Mapping[str, Any], _data: bytes) -> None:
        names = fields.texts(said["names"], limits.NAMES, limits.NAME_LETTERS)
        fingerprint = fields.hexadecimal(said["owner"]).upper()
        self._owners.append(Owner(fingerprint, fields.number(said["made"]), names, fields.flag(said["usable"])))

    def _proof(self, said: Mapping[str, Any], _data: bytes) -> None:
        stem, media = _name(said["proof"]), _name(said["media"])
        beside = fields.pairs(said["beside"], len(Role), limits.NAME_LETTERS)
        roles = {fields.word(role, Role): name for role, name in beside.items()}
        self._proofs[stem] = Proof(stem, self._members[media] if media else None, roles)

    def _table(self, said: Mapping[str, Any], _data: bytes) -> None:
        proof, role = self._of(said), fields.word(said["table"], Role)
        found = Table(
            fields.flag(said["read"]),
            fields.pairs(said["fields"], limits.FIELDS, limits.VALUE_LETTERS),
            fields.text(said["digest"], limits.VALUE_LETTERS),
            fields.text(said["file"], limits.VALUE_LETTERS),
        )
        self._proofs[proof.stem] = replace(proof, tables={**proof.tables, role: found})

    def _stamp(self, said: Mapping[str, Any], _data: bytes) -> None:
        proof = self._of(said)
        self._proofs[proof.stem] = replace(proof, stamp=fields.hexadecimal(said["stamp"]))

    def _signature(self, said: Mapping[str, Any], _data: bytes) -> None:
        proof, role = self._of(said), fields.word(said["signature"], Role)
        state, made = fields.word(said["state"], SignatureState), fields.number(said["made"])
        found = Signature(state, fields.hexadecimal(said["fingerprint"]).upper(), made)
        self._proofs[proof.stem] = replace(proof, signatures={**proof.signatures, role: found})

    def _picture(self, said: Mapping[str, Any], data: bytes) -> None:
        stem = _name(said["picture"])
        if stem in self._pictured:
            raise NotReadError("The program that looks at bundles gave a picture twice.")
        self._pictured.add(stem)
        self._proofs[stem] = replace(self._proofs[stem], clues=clues_or_end(io.BytesIO(data)) or ())

    def _take_tool(self, said: Mapping[str, Any], _data: bytes) -> None:
        self._tool = fields.text(said["tool"], limits.NAME_LETTERS).split("\n")[0]

    def _of(self, said: Mapping[str, Any]) -> Proof:
        return self._proofs[_name(said["of"])]


def _name(value: object) -> str:
    return fields.text(value, limits.NAME_LETTERS)
