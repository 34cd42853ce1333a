"""A case as a page shows it: texts of both sides by day, answers, and as many of them as a page may hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.answers import CHILD, DANGER, answer_from_json, says_yes
from keys.sealing.letter import EntryKind
from reviewer import followup_words, letter_words, name_words, triage_words
from reviewer.answer_words import given_text
from reviewer.consent import consent_from_text
from reviewer.pages import limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from keys.sealing.letter import Entry
    from reviewer.cases import Details
    from reviewer.vault.rows import ArrivalRow, AttachmentRow, EntryRow


@dataclass(frozen=True)
class Said:
    """One text of the conversation; ``by`` is source or desk, ``kind`` what the desk's entry is."""

    day: date
    by: str
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Answers:
    """What one row answered: questions with answers, and whether somebody is in danger, or a child involved."""

    day: date
    given: tuple[tuple[str, str], ...]
    danger: bool
    child: bool


@dataclass(frozen=True)
class CaseView:
    """One part of a case that is too long for a page, and how many parts there are."""

    conversation: tuple[Said, ...]
    files: tuple[AttachmentRow, ...]
    answers: tuple[Answers, ...]
    names: tuple[tuple[date, str, bool], ...]
    """Day, text, and whether that is a name (or says how one that is kept apart is opened)."""
    acts: tuple[str, ...]
    reminders: tuple[str, ...]
    """Its clocks, and the list for those in danger."""
    part: int
    parts: int


def shown_case(found: Details, part: int) -> CaseView:
    """Gather what a page shows; a part that is not there is the nearest one."""
    texts = _in_parts(_conversation(found), limits.TEXT_CHARACTERS)
    files = [found.attachments[at : at + limits.FILES_A_PAGE] for at in _starts(len(found.attachments))]
    parts = max(len(texts), len(files), 1)
    here = min(max(part, 1), parts)
    return CaseView(
        conversation=tuple(texts[here - 1]) if here <= len(texts) else (),
        files=tuple(files[here - 1]) if here <= len(files) else (),
        answers=tuple(one for arrival in found.arrivals if (one := _answers(arrival)).given),
        names=tuple(
            (row.day, name_words.kept(found.case.id) if row.sealed else row.text, not row.sealed) for row in found.names
        ),
        acts=tuple(followup_words.acts(found.acts, found.letters, consent_from_text(found.case.consent))),
        reminders=tuple(
            line.strip("- ") for line in (*triage_words.clocks(found.clocks), *triage_words.care(found.care)) if line
        ),
        part=here,
        parts=parts,
    )


def _starts(number: int) -> range:
    return range(0, number, limits.FILES_A_PAGE)


def _conversation(found: Details) -> list[Said]:
    """By day, the source before the desk: rows of one day stand in no order."""
    said = [Said(one.day, "source", one.text) for one in found.messages]
    said += [_letter(one) for one in found.letters if one.kind != EntryKind.RECEIPT]
    return sorted(said, key=lambda one: (one.day, one.by != "source"))


def _letter(entry: EntryRow) -> Said:
    if entry.kind == EntryKind.FORWARDED:
        text = letter_words.told_forwarded(json.loads(entry.details)["audiences"])
    elif entry.kind == EntryKind.CONSENT:
        details = json.loads(entry.details)
        text = letter_words.told_consent(details["audiences"], originals_allowed=details["originals"])
    else:
        text = entry.text
    return Said(entry.day, "desk", text, entry.kind)


def entry_text(entry: Entry) -> str:
    """What an entry of a letter says, its kind's own words where nobody wrote any."""
    if entry.kind is EntryKind.FORWARDED:
        return letter_words.told_forwarded(entry.audiences)
    if entry.kind is EntryKind.CONSENT:
        return letter_words.told_consent(entry.audiences, originals_allowed=entry.originals)
    return entry.text


def _in_parts(said: Iterable[Said], most: int) -> list[Sequence[Said]]:
    """Cut a conversation where a page is full; each part has one text at least."""
    parts: list[list[Said]] = []
    room = 0
    for one in said:
        if not parts or room < len(one.text):
            parts.append([])
            room = most
        parts[-1].append(one)
        room -= len(one.text)
    return list(parts)


def _answers(arrival: ArrivalRow) -> Answers:
    said = json.loads(arrival.answers or "{}")
    given = tuple((one.question, given_text(one.given)) for one in map(answer_from_json, said.values()))
    return Answers(arrival.day, given, danger=says_yes(said, DANGER), child=says_yes(said, CHILD))
