"""Names that sources gave: kept with their cases, and opened by two people where they are kept apart.

Rules:
1. A name that is kept apart lies here as it came. The key for it is the spare desk's, which is carried by somebody who
   does not work at this desk and cannot unlock this vault.
2. The newest name counts; older ones stay until the case is destroyed.
3. No name goes into the index of words, into a letter, a package or the log. One that is opened is shown and not kept.
4. The history says who opened the vault for it, on which day, with which key and why, before anybody reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.sealing.age import NoMatchError
from keys.sealing.display import one_line
from keys.sealing.errors import FormatError
from keys.sealing.source_name import SourceName
from keys.sealing.values import Sealed
from reviewer import limits
from reviewer.cases import get_case, names_of
from reviewer.errors import ReviewerError
from reviewer.vault.rows import SourceNameRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from keys.sealing.age import HybridIdentity
    from keys.sealing.key_file import KeyFile
    from reviewer.vault.rows import ArrivalRow, CaseRow
    from reviewer.vault.vault import Change, Vault


NO_MATCH = "This key does not open the name: it is no key of the spare desk, or one of other days."
_OTHER_KEY = "Take the spare desk's file epoch-….key.age of the days when the name came."


@dataclass(frozen=True)
class OpenedName:
    """A name that was kept apart: the text, or why this key does not give it."""

    day: date
    text: str = field(default="", repr=False)
    problem: str = ""


def keep_names(change: Change, case: CaseRow, arrival: ArrivalRow, names: Iterable[SourceName | None]) -> None:
    """Keep what a source gave of themselves in one row."""
    for name in names:
        if name is not None:
            row = SourceNameRow(
                case_id=case.id, arrival_id=arrival.id, day=change.day, text=name.text, sealed=name.sealed
            )
            change.rows.add(row)
    change.rows.flush()


def kept_apart(rows: Session, case_id: int) -> list[SourceNameRow]:
    """The names of a case that two people open together; raises ReviewerError if there is none."""
    get_case(rows, case_id)
    names = names_of(rows, case_id)
    apart = [name for name in names if name.sealed]
    if not apart:
        raise ReviewerError(
            f"No name is kept apart in case {case_id}.",
            f"The source gave one in the clear: khomo-reviewer show {case_id}" if names else "The source gave none.",
        )
    return apart


def open_names(vault: Vault, case_id: int, key: KeyFile, why: str) -> list[OpenedName]:
    """Open what is kept apart in a case with a key of the spare desk, and record that; raises ReviewerError.

    Args:
        vault: unlocked by the first person.
        case_id: the case.
        key: brought by the second person.
        why: for the history, in one line.
    """
    identity = key.identity()
    with vault.change() as change:
        found = [_opened(name, identity) for name in kept_apart(change.rows, case_id)]
        if not any(name.text for name in found):
            raise ReviewerError(found[0].problem, _OTHER_KEY)
        change.record("open name", case_id, reason=(None, reason(why)), key=(None, key.id))
    return found


def reason(why: str) -> str:
    """Return why a name is opened as the history keeps it; raises ReviewerError."""
    clean = why.strip()
    if not clean or len(clean) > limits.REASON_CHARACTERS or one_line(clean) != clean:
        raise ReviewerError(f"A reason has 1 to {limits.REASON_CHARACTERS} printable characters.")
    return clean


def _opened(row: SourceNameRow, identity: HybridIdentity) -> OpenedName:
    try:
        return OpenedName(row.day, SourceName(sealed=Sealed(row.sealed)).opened([identity]))
    except NoMatchError:
        return OpenedName(row.day, problem=NO_MATCH)
    except FormatError as error:
        return OpenedName(row.day, problem=f"The name is damaged: {error.message}")
