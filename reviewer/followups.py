"""What a source does in the mailbox, done at the desk: answers, a new consent, an end of the mailbox, an opinion.

Rules:
1. An act counts only where the row is of the mailbox's own source; else the row is a part of a report like any other.
2. A case may be seen by those whom all its parts allow, until its source says anew who may: that replaces what was
   said in earlier bundles. Rows carry no time: within one bundle each of them binds. A row is of the bundle that named
   it first: one that was kept back, or damaged on its way, is as old as it was, and cannot widen what came since.
3. What a source wrote into a container that it sealed itself binds always. The server could write all the rest.
4. An addition, an answer, an opinion and the end of a mailbox say nothing of who may see the case.
5. Of a case the newest opinion counts, once. Whoever has several mailboxes is several sources: nobody can tell.
6. Opinions, a new consent and the end of a mailbox leave a closed case closed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.sealing.errors import FormatError
from keys.sealing.followup import Act, Followup
from keys.sealing.letter import EntryKind
from keys.sealing.submission import Consent, Part
from reviewer import letter_words
from reviewer.consent import consent_from_text, consent_to_text
from reviewer.mailboxes import add_entry, write_off
from reviewer.vault.rows import ArrivalRow, CaseRow, EntryRow, PartRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from reviewer.row_opening import Opened
    from reviewer.vault.vault import Change

OPENS_AGAIN = frozenset({None, Act.ADDITION, Act.ANSWER})
"""What a part may be that nobody has decided about."""


@dataclass(frozen=True)
class Said:
    """What one part says of who may see the case, and which bundle named it first.

    ``inner`` is what its source sealed itself.
    """

    bundle: int
    act: Act | None
    consent: Consent
    inner: Consent | None = None


@dataclass(frozen=True)
class Opinions:
    """What sources said of the service: how many did, and what they ticked."""

    sources: int
    ticked: Counter[tuple[str, str]]


def read_followup(found: Opened, *, is_own: bool) -> Followup | None:
    """Return what a row does beside bringing a text and files; ``None`` if it is a part like any other."""
    if not is_own or found.submission.part is not Part.FOLLOWUP:
        return None
    try:
        return Followup.from_answers(found.submission.answers)
    except FormatError:
        return None


def follow(change: Change, case: CaseRow, arrival: ArrivalRow, found: Opened, followup: Followup | None) -> None:
    """Keep what a part says, and do it."""
    act = followup.act if followup else None
    inner = reduce(Consent.and_also, (one.consent for one in found.inner)) if found.inner else None
    change.rows.add(
        PartRow(
            arrival_id=arrival.id,
            case_id=case.id,
            day=change.day,
            act=act,
            question=(followup.question or None) if followup else None,
            ratings=json.dumps(dict(followup.ratings)) if followup and act is Act.OPINION else None,
            consent=consent_to_text(found.submission.consent),
            inner_consent=inner and consent_to_text(inner),
        )
    )
    change.rows.flush()
    before = consent_from_text(case.consent)
    now = consent_of(_said(change.rows, case.id))
    case.consent = consent_to_text(now)
    if act is Act.CONSENT and case.mailbox is not None:
        change.record("new consent", case.id, may_see=_audiences(before, now), originals=_originals(before, now))
    if case.mailbox is not None:
        _tell_what_counts(change, case.mailbox, now, is_new=act is Act.CONSENT)
    if act is Act.WRITE_OFF and case.mailbox is not None and write_off(change, case.mailbox):
        change.record("mailbox written off", case.id)


def _tell_what_counts(change: Change, mailbox: bytes, now: Consent, *, is_new: bool) -> None:
    """Let the letter's one entry of a day on who may see the case say what counts once all rows of that day are in."""
    told = select(EntryRow).where(
        EntryRow.mailbox == mailbox, EntryRow.kind == EntryKind.CONSENT, EntryRow.day == change.day
    )
    entry = change.rows.scalar(told)
    if entry is not None:
        entry.details = json.dumps({"audiences": sorted(now.may_see), "originals": now.originals})
    elif is_new:
        add_entry(change, mailbox, EntryKind.CONSENT, audiences=sorted(now.may_see), originals=now.originals)


def bind_inner(change: Change, case: CaseRow, arrival_id: bytes, inner: Consent) -> None:
    """Note what a source wrote into a container of its own that was opened later than the row around it."""
    part = change.rows.get_one(PartRow, arrival_id)
    known = inner if part.inner_consent is None else inner.and_also(consent_from_text(part.inner_consent))
    part.inner_consent = consent_to_text(known)
    change.rows.flush()
    now = consent_of(_said(change.rows, case.id))
    case.consent = consent_to_text(now)
    if case.mailbox is not None:
        _tell_what_counts(change, case.mailbox, now, is_new=False)


def consent_of(parts: Sequence[Said]) -> Consent:
    """Return what a case with these parts may be used for; they are at least one."""
    binding = [part for part in parts if part.act in {None, Act.CONSENT}] or parts
    state: Consent | None = None
    for _bundle, together in groupby(sorted(binding, key=lambda part: part.bundle), key=lambda part: part.bundle):
        came = list(together)
        changed = [part.consent for part in came if part.act is Act.CONSENT]
        if changed:
            state = _replaced(state, reduce(Consent.and_also, changed))
        others = [part.consent for part in came if part.act is not Act.CONSENT]
        state = reduce(Consent.and_also, others, state) if state else reduce(Consent.and_also, others)
    assert state is not None  # noqa: S101  # there is a part
    return reduce(Consent.and_also, (part.inner for part in parts if part.inner), state)


def opinions(rows: Session) -> Opinions:
    """Count what sources said of the service when their cases were closed: of each case, what was said last."""
    query = select(PartRow).join(ArrivalRow, ArrivalRow.id == PartRow.arrival_id)
    query = query.where(PartRow.ratings.is_not(None)).order_by(ArrivalRow.bundle_id, PartRow.arrival_id)
    last = {part.case_id: part.ratings for part in rows.scalars(query)}
    said = [json.loads(ratings or "{}") for ratings in last.values()]
    return Opinions(len(said), Counter((asked, rating) for ratings in said for asked, rating in ratings.items()))


def _replaced(state: Consent | None, new: Consent) -> Consent:
    """Put in force what a source ticked anew; what it wrote about persons stays, and that a name is kept apart."""
    if state is None:
        return new
    apart = state.name_apart or new.name_apart
    return replace(state, may_see=new.may_see, originals=new.originals, name_apart=apart)


def _said(rows: Session, case_id: int) -> list[Said]:
    query = select(PartRow, ArrivalRow.bundle_id).join(ArrivalRow, ArrivalRow.id == PartRow.arrival_id)
    return [
        Said(
            bundle,
            None if part.act is None else Act(part.act),
            consent_from_text(part.consent),
            None if part.inner_consent is None else consent_from_text(part.inner_consent),
        )
        for part, bundle in rows.execute(query.where(PartRow.case_id == case_id).order_by(PartRow.arrival_id))
    ]


def _audiences(*consents: Consent) -> tuple[str, str]:
    before, now = (letter_words.audiences(consent.may_see) for consent in consents)
    return before, now


def _originals(*consents: Consent) -> tuple[str, str]:
    before, now = (letter_words.originals(allowed=consent.originals) for consent in consents)
    return before, now
