"""Who goes when too many wait: one of the circuit that holds most, so that a crowd pushes out its own.

Rules:
1. What is held is counted for each circuit, all its connections together. Of the circuit that holds most the oldest
   connection goes: whoever came first on a circuit of their own does not go for a crowd that came later on another.
2. Among circuits that hold equally much one is drawn. The oldest of all would be the slow phone, again and again.
3. Bytes are compared by whole forms: a phone whose form has nearly come is no worse than one that has just begun.
"""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class _Waiting(Protocol):
    @property
    def circuit(self) -> str:
        """The circuit's address; empty while it is not known."""


T = TypeVar("T", bound=_Waiting)


def who_goes(
    waiting: Iterable[T],
    held: Callable[[T], int] = lambda _each: 1,
    unit: int = 1,
    draw: Callable[[Sequence[str]], str] = secrets.choice,
) -> T:
    """Return who has to go of those who wait, given in the order of arrival; there is at least one.

    Args:
        waiting: all of them.
        held: what one of them holds.
        unit: what counts as one; less is nothing.
        draw: picks one of the circuits that hold most.
    """
    everybody, total = list(waiting), Counter[str]()
    for each in everybody:
        total[each.circuit] += held(each)
    most = max(total.values()) // unit
    circuit = draw([one for one, much in total.items() if much // unit == most])
    return next(each for each in everybody if each.circuit == circuit)
