"""Finds cases that have something alike: the same file, nearly the same text, nearly the same picture.

Rules:
1. What is found is a hint with its reason. Nothing is merged, hidden or decided by it: a source can write what is like
   another's report, and gains nothing.
2. Files are the same byte for byte. Texts that share a piece of their signatures are compared run by run; pictures by
   their hashes, as they are and flipped, where the sandbox has made some.
3. What many can send bounds what is looked at; where something was left out, that is said.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from reviewer.cases import get_case
from reviewer.likeness import limits, minhash, shingles
from reviewer.likeness.pictures import as_bits
from reviewer.vault.likeness_rows import MessageSketchRow, PictureHashRow, SketchRow
from reviewer.vault.rows import AttachmentRow, MessageRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

_BEHIND_ONE_PIECE = text("""
SELECT DISTINCT b.sketch_id FROM
  (SELECT sketch_id FROM band WHERE value = :value ORDER BY sketch_id DESC LIMIT :looked) b
  JOIN message_sketch m ON m.sketch_id = b.sketch_id
WHERE m.case_id != :case_id ORDER BY b.sketch_id DESC LIMIT :most
""")
_LOOKED_AT = 2_000
"""Entries behind one piece of a signature, those of the case itself counted: somebody who sends thousands of nearly the
same texts into one case hides no more than these."""


@dataclass(frozen=True)
class SameFile:
    """Two attachments with the same bytes: numbers of both."""

    case: int
    own: int
    other: int


@dataclass(frozen=True)
class NearText:
    """Two messages: numbers of both, and the share of runs that both have, 0 to 1; 1 for the same words."""

    case: int
    own: int
    other: int
    share: float


@dataclass(frozen=True)
class NearPicture:
    """Two pictures: numbers of both attachments, the bits in which they differ, and whether one is flipped."""

    case: int
    own: int
    other: int
    bits: int
    flipped: bool


@dataclass(frozen=True)
class Likeness:
    """What is like a case, the nearest first; ``cut`` where more may be alike than was looked at."""

    files: tuple[SameFile, ...] = ()
    texts: tuple[NearText, ...] = ()
    pictures: tuple[NearPicture, ...] = ()
    cut: bool = False

    @property
    def cases(self) -> tuple[int, ...]:
        """Numbers of the cases that have something alike, in the order in which they are shown."""
        every: tuple[SameFile | NearText | NearPicture, ...] = (*self.files, *self.texts, *self.pictures)
        return tuple(dict.fromkeys(one.case for one in every))


@dataclass
class _Budget:
    """What may still be read of texts, and whether that was enough."""

    characters: int = field(default_factory=lambda: limits.COMPARED_CHARACTERS)
    cut: bool = False
    read: dict[int, shingles.Text] = field(default_factory=dict)


def like(rows: Session, case_id: int) -> Likeness:
    """Look for all that is like a case; raises ReviewerError where there is none."""
    get_case(rows, case_id)
    files = list(_files(rows, case_id))
    budget = _Budget()
    texts = _best(_texts(rows, case_id, budget))
    pictures = sorted(_best_pictures(_pictures(rows, case_id)), key=lambda one: (one.bits, -one.case))
    most = limits.SHOWN_MOST
    cut = budget.cut or any(len(some) > most for some in (files, texts, pictures))
    return Likeness(tuple(files[:most]), tuple(texts[:most]), tuple(pictures[:most]), cut)


def _files(rows: Session, case_id: int) -> Iterator[SameFile]:
    """One file a case: the first that both have. An empty file tells nothing."""
    own = select(AttachmentRow.sha256, func.min(AttachmentRow.id)).where(
        AttachmentRow.case_id == case_id, AttachmentRow.size > 0
    )
    seen: set[int] = set()
    for digest, number in rows.execute(own.group_by(AttachmentRow.sha256).order_by(func.min(AttachmentRow.id))).all():
        query = select(AttachmentRow.case_id, func.min(AttachmentRow.id)).where(
            AttachmentRow.sha256 == digest, AttachmentRow.case_id != case_id
        )
        query = query.group_by(AttachmentRow.case_id).order_by(AttachmentRow.case_id.desc())
        for other_case, other in rows.execute(query.limit(limits.SHOWN_MOST + 1)):
            if other_case not in seen:
                seen.add(other_case)
                yield SameFile(other_case, number, other)
        if len(seen) > limits.SHOWN_MOST:
            return


def _texts(rows: Session, case_id: int, budget: _Budget) -> Iterator[NearText]:
    own = (
        select(SketchRow.id, SketchRow.bands, func.min(MessageSketchRow.message_id).label("message"))
        .join(MessageSketchRow, MessageSketchRow.sketch_id == SketchRow.id)
        .where(MessageSketchRow.case_id == case_id)
        .group_by(SketchRow.id)
        .order_by("message")
        .limit(limits.TEXTS_A_CASE + 1)
    )
    found = rows.execute(own).all()
    budget.cut = budget.cut or len(found) > limits.TEXTS_A_CASE
    for sketch, bands, message in found[: limits.TEXTS_A_CASE]:
        yield from _with_sketch(rows, case_id, message, sketch, 1.0)
        for other in _candidates(rows, case_id, sketch, minhash.unpack(bands), budget):
            yield from _compared(rows, case_id, message, other, budget)


def _candidates(rows: Session, case_id: int, sketch: int, bands: tuple[int, ...], budget: _Budget) -> list[int]:
    counted: Counter[int] = Counter()
    asked = {"case_id": case_id, "looked": _LOOKED_AT, "most": limits.SHARED_BAND_MOST}
    for value in bands:
        found = rows.scalars(_BEHIND_ONE_PIECE, asked | {"value": value}).all()
        budget.cut = budget.cut or len(found) == limits.SHARED_BAND_MOST
        counted.update(found)
    del counted[sketch]
    budget.cut = budget.cut or len(counted) > limits.COMPARED_MOST
    return [number for number, _times in counted.most_common(limits.COMPARED_MOST)]


def _compared(rows: Session, case_id: int, message: int, sketch: int, budget: _Budget) -> Iterator[NearText]:
    one_with_it = select(func.min(MessageSketchRow.message_id)).where(MessageSketchRow.sketch_id == sketch)
    other = rows.scalars(one_with_it).one()
    one, two = _read(rows, message, budget), _read(rows, other, budget)
    if one is None or two is None:
        return
    share = shingles.in_common(one, two)
    if share >= limits.ALIKE_LEAST:
        yield from _with_sketch(rows, case_id, message, sketch, share)


def _read(rows: Session, message: int, budget: _Budget) -> shingles.Text | None:
    """Read a message for comparing; None where too much was read already."""
    if message not in budget.read:
        if budget.characters <= 0:
            budget.cut = True
            return None
        words = rows.scalars(select(MessageRow.text).where(MessageRow.id == message)).one()
        budget.characters -= len(words)
        budget.read[message] = shingles.read(words)
    return budget.read[message]


def _with_sketch(rows: Session, case_id: int, message: int, sketch: int, share: float) -> Iterator[NearText]:
    """Other cases with one text, one message a case, the newest cases first."""
    query = select(MessageSketchRow.case_id, func.min(MessageSketchRow.message_id)).where(
        MessageSketchRow.sketch_id == sketch, MessageSketchRow.case_id != case_id
    )
    query = query.group_by(MessageSketchRow.case_id).order_by(MessageSketchRow.case_id.desc())
    for other_case, other in rows.execute(query.limit(limits.SHOWN_MOST + 1)):
        yield NearText(other_case, message, other, share)


def _best(found: Iterable[NearText]) -> list[NearText]:
    best: dict[int, NearText] = {}
    for one in found:
        if one.case not in best or one.share > best[one.case].share:
            best[one.case] = one
    return sorted(best.values(), key=lambda one: (-one.share, -one.case))


def _pictures(rows: Session, case_id: int) -> Iterator[NearPicture]:
    own = select(PictureHashRow).where(PictureHashRow.case_id == case_id).order_by(PictureHashRow.attachment_id)
    mine = [
        (row.attachment_id, as_bits(row.upright), as_bits(row.flipped))
        for row in rows.scalars(own.limit(limits.PICTURES_A_CASE))
        if row.upright is not None and row.flipped is not None
    ]
    if not mine:
        return
    others = select(PictureHashRow.case_id, PictureHashRow.attachment_id, PictureHashRow.upright)
    for other_case, other, seen in rows.execute(others.where(PictureHashRow.case_id != case_id)):
        if seen is None:
            continue
        bits = as_bits(seen)
        for number, upright, flipped in mine:
            straight, turned = (upright ^ bits).bit_count(), (flipped ^ bits).bit_count()
            if min(straight, turned) <= limits.PICTURE_DISTANCE:
                yield NearPicture(other_case, number, other, min(straight, turned), flipped=turned < straight)


def _best_pictures(found: Iterable[NearPicture]) -> Iterable[NearPicture]:
    best: dict[int, NearPicture] = {}
    for one in found:
        if one.case not in best or one.bits < best[one.case].bits:
            best[one.case] = one
    return best.values()
