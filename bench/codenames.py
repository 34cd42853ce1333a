"""How long the answer to a codename takes: of a real mailbox, of a cover mailbox, and where there is none.

The three take turns at random on one server. Two lists of times are compared by the statistic of Kolmogorov and
Smirnov: the largest distance between their distributions. Of two lists with the same distribution one pair in twenty is
further apart than the 5 % value that stands beside.
"""

from __future__ import annotations

import math
import secrets
import statistics
from bisect import bisect_right
from typing import TYPE_CHECKING

from bench.door import Served, real_door
from bench.figures import Figure, seconds
from bench.unix_http import ask, form_of, submit
from deploy.rehearsal.forms import Multipart
from keys.sealing.codename import WordList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deploy.rehearsal.forms import Form

SUBJECT = "Codenames: time to the answer, three kinds in turns at random"
TRIES = 1500
MAILBOXES = 25
FIVE_PERCENT = 1.3581
"""The root of -ln(0.025) / 2: what Smirnov's limit distribution gives for one pair in twenty."""
KINDS = ("known", "cover", "unknown")


def distance(ones: Sequence[float], others: Sequence[float]) -> float:
    """Return the largest distance between the two distributions, from 0 to 1."""
    first, second = sorted(ones), sorted(others)
    return max(
        abs(bisect_right(first, at) / len(first) - bisect_right(second, at) / len(second)) for at in {*first, *second}
    )


def five_percent_value(ones: int, others: int) -> float:
    """Return the distance that one pair in twenty of equal distributions exceeds, for lists of these lengths."""
    return FIVE_PERCENT * math.sqrt((ones + others) / (ones * others))


def _mailbox(served: Served, message: str) -> str:
    """Send a report and return its eight words."""
    form = form_of(served.socket, "/write")
    form.fill("message", message)
    words = form.value("codename")
    if submit(served.socket, form).status != 200:
        raise RuntimeError("a report was not accepted")
    return words


def _once(served: Served, form: Form, words: str) -> tuple[float, int]:
    """Try words; return how many seconds the answer took, and its status."""
    form.fill("codename", words)
    upload = Multipart(form)
    headers = {"Content-Type": upload.content_type, "Content-Length": str(upload.size)}
    body, statuses = b"".join(upload), []
    taken = seconds(lambda: statuses.append(ask(served.socket, "POST", form.action, [body], headers).status))
    return taken, statuses[0]


def _words(kind: str, real: Sequence[str], cover: Sequence[str]) -> str:
    if kind == "unknown":
        return WordList.load().draw().expose()
    return secrets.choice(real if kind == "known" else cover)


def times(served: Served, tries: int, mailboxes: int) -> dict[str, list[float]]:
    """Return the seconds of every try, by kind."""
    real = [_mailbox(served, f"What I saw at the harbour, part {number}. " * 40) for number in range(mailboxes)]
    cover = [_mailbox(served, "The street lamps in our road are broken.") for _ in range(mailboxes)]
    form = form_of(served.socket, "/return")
    order = [kind for kind in KINDS for _ in range(tries)]
    secrets.SystemRandom().shuffle(order)
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for kind in [*KINDS, *order]:
        one, status = _once(served, form, _words(kind, real, cover))
        if status != (403 if kind == "unknown" else 303):
            raise RuntimeError(f"{kind} words were answered with {status}")
        taken[kind].append(one)
    return {kind: some[1:] for kind, some in taken.items()}  # the first of each finds nothing prepared


def measure() -> list[Figure]:
    """Measure; takes about half a minute."""
    with real_door() as served:
        taken = times(served, TRIES, MAILBOXES)
    figures = []
    for kind, some in taken.items():
        late = sorted(some)[int(0.95 * (len(some) - 1))] * 1000
        figures.append(
            Figure(SUBJECT, f"{kind}, median of {len(some):,}", statistics.median(some) * 1000, "ms", "ms: 95 %", late)
        )
    pairs = (("known", "cover"), ("known", "unknown"), ("cover", "unknown"))
    return figures + [compared(one, other, taken) for one, other in pairs]


def compared(one: str, other: str, taken: Mapping[str, Sequence[float]]) -> Figure:
    """Return how far two kinds are apart: up to the 5 % value chance may have done it, and no difference is seen."""
    apart = distance(taken[one], taken[other])
    limit = five_percent_value(len(taken[one]), len(taken[other]))
    name = f"{one} and {other}, Kolmogorov-Smirnov"
    return Figure(SUBJECT, name, apart, "", "is the 5 % value", limit, "no difference seen", apart <= limit)
