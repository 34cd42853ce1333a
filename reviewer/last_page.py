"""The last page before a case leaves: exactly what each lead gets, who signs, and what the source is told.

It is made without writing anything; ``forwarding`` prepares what stands on it, and refuses where a file changed since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewer.purposes import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caselog.case_record import CaseAttachment, CaseRecord
    from reviewer.risks import Question


@dataclass(frozen=True)
class Share:
    """What one lead gets beside the files, which are the same for all.

    Attributes:
        lead: the name.
        audience: what the lead is, towards the source's consent.
        fields: all that the lead is told, by field.
        withheld: fields that others are told, or that this lead is never told.
        note: what a reviewer has to know of this lead.
    """

    lead: str
    audience: str
    fields: Mapping[str, str]
    withheld: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class LastPage:
    """All of it.

    Attributes:
        case: its number at the desk.
        record: all that any lead is told.
        shares: what each lead gets, by name.
        signers: names of the keys that sign, sorted.
        purpose: a case, a correction, or a withdrawal.
        why: the reason of a correction or a withdrawal.
        against: kinds of audience that the source did not allow; ``against_why`` is the reason.
        told: kinds of audience that the source reads it went to; ``told_text`` is what it reads beside that.
        can_be_told: whether the source has a box in which it can read that.
        never: who must never see it, in the source's words.
        risks: questions whose answers do not say that all is well, with these answers.
        files_why: why files go though few people had them.
        echoes: words of the source in what is to go.
        left_out: leads who have the case and do not get this, with the reason.
    """

    case: int
    record: CaseRecord
    shares: tuple[Share, ...]
    signers: tuple[str, ...]
    purpose: Purpose = Purpose.CASE
    why: str = ""
    against: frozenset[str] = frozenset()
    against_why: str = ""
    told: frozenset[str] = frozenset()
    told_text: str = ""
    can_be_told: bool = False
    never: str = ""
    risks: tuple[tuple[Question, str], ...] = ()
    files_why: str = ""
    echoes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> tuple[CaseAttachment, ...]:
        """Files that all leads get."""
        return self.record.attachments
