"""Looks at the files of a case: which are ProofMode bundles, which may hold clues, and what is found in them.

Rules:
1. A file is taken for what its first bytes say, never for its name. Files that lie beside each other are a bundle where
   one is named as the app names a proof's tables; the vault's digests say which photo belongs to it.
2. A file that somebody names is looked at again; else what was looked at already is not.
3. Each look is kept as soon as it is done: what was cut off goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys import __version__
from reviewer.cases import get_case
from reviewer.errors import ReviewerError
from reviewer.evidence import clues, limits
from reviewer.evidence.judging import judge
from reviewer.evidence.kept import Look, Seen, keep, latest
from reviewer.evidence.proofs import File, read_bundle
from reviewer.evidence.values import Bundle, NotRead, Refused
from reviewer.vault.rows import ArrivalRow, AttachmentRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from reviewer.vault.vault import Vault

_ZIP = b"PK\x03\x04"
_TABLE = re.compile(r"(.+)\.proof\.(?:csv|json)")
_KEY = re.compile(r"(?i).*(pub|public)_?-?key\.(asc|pgp|gpg)")


@dataclass(frozen=True)
class Plan:
    """One look that is to be taken; ``files`` of one bundle, or the one file."""

    look: Look
    files: tuple[AttachmentRow, ...]
    received: date
    is_zip: bool = False

    @property
    def number(self) -> int:
        """The file's number; of several, of the first."""
        return self.files[0].id

    @property
    def size(self) -> int:
        """Bytes that are read."""
        return sum(file.size for file in self.files)


def plan(vault: Vault, case_id: int, number: int | None, *, again: bool = False) -> list[Plan]:
    """Say which looks at a case are to be taken; raises ReviewerError where there is no such file in it."""
    with vault.look() as rows:
        get_case(rows, case_id)
        query = select(AttachmentRow, ArrivalRow.day).join(ArrivalRow, ArrivalRow.id == AttachmentRow.arrival_id)
        of_case = query.where(AttachmentRow.case_id == case_id).order_by(AttachmentRow.id)
        found = {file: day for file, day in rows.execute(of_case) if file.problem is None}
        done = set() if again or number is not None else set(latest(rows, case_id))
    if number is not None and number not in {file.id for file in found}:
        raise ReviewerError(
            f"Case {case_id} has no file {number} that is open here.", f"`khomo-reviewer show {case_id}` lists them."
        )
    wanted = [*_beside(found), *_single(vault, found)]
    if number is not None:
        wanted = [one for one in wanted if number in {file.id for file in one.files}]
    return [one for one in wanted if (one.look, one.number) not in done]


def _single(vault: Vault, found: dict[AttachmentRow, date]) -> Iterator[Plan]:
    for file, day in found.items():
        with vault.attachments.open(file.file, file.seed) as source:
            beginning = source.read(clues.BEGINNING)
        if beginning.startswith(_ZIP):
            yield Plan(Look.PROOF, (file,), day, is_zip=True)
        elif clues.may_have_clues(beginning) and file.size <= limits.CLUE_BYTES:
            yield Plan(Look.CLUES, (file,), day)


def _beside(found: dict[AttachmentRow, date]) -> Iterator[Plan]:
    """Give the bundle that lies open among a case's files, if there is one."""
    stems = {match[1] for file in found if (match := _TABLE.fullmatch(file.original_name))}
    if not stems:
        return
    beginnings = tuple(f"{stem}." for stem in stems)
    mine = [
        file
        for file in found
        if file.original_name in stems
        or file.original_name.startswith(beginnings)
        or file.sha256 in stems
        or _KEY.fullmatch(file.original_name)
    ]
    complete = {file.original_name for file in mine} | {file.sha256 for file in mine}
    if not stems <= complete:  # the photo was changed, or has another name: one of the others may be it
        mine = [file for file in found if not file.original_name.lower().endswith(".zip")]
    once = {(file.original_name, file.sha256): file for file in reversed(mine)}
    files = tuple(sorted(once.values(), key=lambda file: file.id))
    yield Plan(Look.PROOF, files, max(found[file] for file in files))


def look(vault: Vault, case_id: int, wanted: Plan) -> Seen:
    """Take one look and keep it; a ZIP that is no ProofMode bundle has no finding.

    Raises:
        SandboxError: there is no sandbox; nothing was read.
        ReviewerError: a file of the vault is missing.
    """
    seen = _clues(vault, wanted) if wanted.look is Look.CLUES else _proof(vault, wanted)
    with vault.change() as change:
        keep(change, case_id, seen)
    return seen


def _clues(vault: Vault, wanted: Plan) -> Seen:
    (file,) = wanted.files
    with vault.attachments.open(file.file, file.seed) as source:
        found = clues.look_for_clues(source)
    return Seen(Look.CLUES, file.id, _named(wanted.files), f"{clues.tools()}, Khomo {__version__}", clues=found)


def _proof(vault: Vault, wanted: Plan) -> Seen:
    files = [
        File(row.original_name, row.size, partial(vault.attachments.stream, row.file, row.seed), row.sha256)
        for row in wanted.files
    ]
    found = read_bundle(files, is_zip=wanted.is_zip)
    is_none = isinstance(found, NotRead) and found.why is Refused.NONE
    tool = f"{found.tool}, " if isinstance(found, Bundle) else ""
    owners = tuple(name for owner in found.owners for name in owner.names) if isinstance(found, Bundle) else ()
    return Seen(
        Look.PROOF,
        wanted.number,
        _named(wanted.files),
        f"{tool}{clues.tools()}, Khomo {__version__}",
        () if is_none else judge(found, wanted.received),
        owners=owners,
    )


def _named(files: Sequence[AttachmentRow]) -> tuple[tuple[str, str], ...]:
    return tuple((file.original_name, file.sha256) for file in files)
