"""How tests close a case: as a reviewer must, with a letter first where the source has a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.letter import EntryKind
from reviewer.cases import get_case
from reviewer.clocks import can_write
from reviewer.letters import write_to_source
from reviewer.triage import Decision, decide
from reviewer.values import Disposition

if TYPE_CHECKING:
    from typing import Any

    from reviewer.vault.vault import Vault

LAST_LETTER = "This is what became of it."


def close(desk: Vault, case: int = 1, reason: str = "outside our mandate", **decision: Any) -> None:
    """Write to the source where that can be, and close the case."""
    with desk.change() as change:
        if can_write(change.rows, get_case(change.rows, case)):
            write_to_source(change, case, EntryKind.REPLY, LAST_LETTER)
        decide(change, case, Decision(disposition=Disposition.CLOSED, reason=reason, **decision))
