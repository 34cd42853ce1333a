"""A case that goes to somebody whom its source did not allow: who may decide that, and what the source is told.

Rules:
1. The organisation's policy must allow it, two reviewers sign it, and one of them writes why.
2. The reason stands in the history, in the custody record that leads get, and in what the source reads. It is a
   reviewer's: no word of the source.
3. The source is told by a letter that leaves with the same outbox. Where nobody can read a letter, it does not leave.
4. It is for the kinds of audience that were not allowed when it was signed, and for no others that the source excludes
   later. Files as they came never leave against consent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.age import AgeError, HybridRecipient
from keys.sealing.display import one_line
from keys.sealing.letter import EntryKind, check_fits
from keys.sealing.letter_entry import Entry
from reviewer import letter_words, limits
from reviewer.errors import RefusedError, ReviewerError
from reviewer.letters import week_of, writable
from reviewer.translation import translated as _
from reviewer.trust import public_bundle
from reviewer.values import MailboxKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from reviewer.vault.rows import CaseRow

TOLD = _(
    "We passed your report on to: {audiences}. You had not allowed that. Two of us decided it, and both signed. "
    "Our reason: {reason}"
)


@dataclass(frozen=True)
class Override:
    """Why a case goes against its source's consent; ``told`` is for the source, in its language, in place of ours."""

    reason: str
    told: str = ""


def check_policy(rows: Session, case: CaseRow) -> None:
    """Refuse unless the policy allows it and the source can be told; raises RefusedError."""
    if not public_bundle(rows).policy.against_consent:
        raise RefusedError(
            "The organisation's policy does not allow that a case goes against its source's consent.",
            f"Ask the source: khomo-reviewer reply {case.id} --question",
        )
    if not can_be_told(rows, case):
        raise RefusedError(
            f"The source of case {case.id} has no box in which it could read that its case went out.",
            "Against its consent nothing leaves of which it is not told.",
        )


def can_be_told(rows: Session, case: CaseRow) -> bool:
    """Whether the source of a case has a box in which it can read a letter, sealed to a key that is one."""
    try:
        box = writable(rows, case)
        HybridRecipient.parse(box.recipient or "")
    except (ReviewerError, AgeError):
        return False
    return box.kind == MailboxKind.REAL


def told_source(override: Override, against: Iterable[str], day: date) -> str:
    """Return what the source reads; raises ReviewerError where it has to be shorter."""
    text = override.told.replace("\r\n", "\n").strip()
    text = text or TOLD.format(audiences=letter_words.audiences(against), reason=override.reason.strip())
    check_fits(Entry(EntryKind.NOTICE, week_of(day), text))
    return text


def told_leads(override: Override, against: Iterable[str]) -> str:
    """Return what the custody record says."""
    return _("not allowed by its source: {audiences}. Why it goes all the same: {reason}").format(
        audiences=letter_words.audiences(against), reason=override.reason.strip()
    )


def checked_reason(text: str) -> str:
    """Return a reason; raises ReviewerError unless a person can read it."""
    clean = text.strip()
    if not clean or len(clean) > limits.REASON_CHARACTERS or one_line(clean) != clean:
        raise ReviewerError(f"A reason has 1 to {limits.REASON_CHARACTERS} printable characters, on one line.")
    return clean
