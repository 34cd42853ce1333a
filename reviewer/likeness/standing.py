"""How cases stand among others, for lists and pages that show them: look-alikes, merged ones, muted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.likeness import likeness_words as words
from reviewer.likeness.finding import like
from reviewer.likeness.hints import seem_alike
from reviewer.likeness.merging import folded, merged
from reviewer.vault.likeness_rows import MutedRow
from reviewer.vault.vault import current_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from reviewer.cases import Listing


def below_list(rows: Session, found: Listing) -> Iterator[str]:
    """What a list says below itself of look-alikes and of merged cases."""
    cases = [case.id for case in found.cases]
    return words.listed(seem_alike(rows, cases), folded(rows, cases, found.today or current_day()))


def below_case(rows: Session, case_id: int) -> Iterator[str]:
    """What is said below a case of look-alikes, merging and muting."""
    return words.standing(case_id, like(rows, case_id), merged(rows, case_id), rows.get(MutedRow, case_id))


def as_fields(rows: Session, case_id: int) -> dict[str, object]:
    """As scripts read what stands below a case."""
    among, muted = merged(rows, case_id), rows.get(MutedRow, case_id)
    others = [other.id for other in among.others]
    return {"alike": like(rows, case_id).cases, "merged_into": among.into, "merged": others, "muted": muted is not None}
