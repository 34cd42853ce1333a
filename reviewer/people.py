"""Who is accused in a case, and when leads may read it.

Rules:
1. The accused stand in a field of their own (``perpetrator`` in a package) and in no other that the desk fills.
2. Leads read it from a severity on that the desk has set: high, if it set none. Below, the field is not in the package,
   nor is its commitment: nobody can tell whether somebody is accused.
3. No other person of a case goes to leads by itself; who else is named, a reviewer writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from reviewer.values import Role, Severity
from reviewer.vault.rows import SettingRow
from reviewer.vault.triage_rows import PersonRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change

ACCUSED_FROM = "accused from"
"""Setting: a severity, or ``NEVER``."""

NEVER = "never"
_DEFAULT = Severity.HIGH
_BETWEEN = "; "


def accused_from(rows: Session) -> Severity | None:
    """From which severity on leads read who is accused; None for never."""
    setting = rows.get(SettingRow, ACCUSED_FROM)
    if setting is None:
        return _DEFAULT
    return None if setting.value == NEVER else Severity.parse(setting.value)


def choose_accused_from(change: Change, severity: Severity | None) -> None:
    """Set from which severity on leads read who is accused."""
    before, after = (NEVER if one is None else one.word for one in (accused_from(change.rows), severity))
    if before != after:
        change.rows.merge(SettingRow(name=ACCUSED_FROM, value=after))
        change.record(ACCUSED_FROM, None, severity=(before, after))


def accused_for_leads(rows: Session, case: CaseRow) -> str:
    """Return who is accused as a package may say it; empty below the severity that the desk has set."""
    lowest = accused_from(rows)
    if lowest is None or case.severity < lowest:
        return ""
    query = select(PersonRow.name).where(PersonRow.case_id == case.id, PersonRow.role == Role.ACCUSED)
    return _BETWEEN.join(rows.scalars(query.order_by(PersonRow.name)))
