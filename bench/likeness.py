"""Look-alikes among 10,000 texts: how long a desk takes to keep their signatures, and to find the few that are near."""

from __future__ import annotations

import random
import secrets
import statistics
import tempfile
from datetime import date
from functools import partial
from pathlib import Path

from bench.figures import Figure, seconds
from keys.sealing.submission import Consent
from reviewer.consent import consent_to_text
from reviewer.likeness.finding import like
from reviewer.likeness.hints import seem_alike
from reviewer.likeness.signing import forget_likeness, leave_nothing, sign
from reviewer.values import ArrivalState, Disposition, Severity, Status
from reviewer.vault.rows import ArrivalRow, BundleRow, CaseRow, MessageRow
from reviewer.vault.vault import Vault

COUNT = 10_000
PLANTED = 100
"""Texts that are an earlier one with one word in twenty changed."""

PAGE = 50
GOAL_MS = 100
_DAY = date(2026, 11, 20)
_WORDS = [f"word{number}" for number in range(20_000)]
_WEIGHTS = [1 / (rank + 1) for rank in range(len(_WORDS))]
_CHANGED = 0.05


def _texts(dice: random.Random) -> list[str]:
    """Texts of 60 to 400 words, words as often as in a language; the last are edits of the first."""
    texts = [dice.choices(_WORDS, _WEIGHTS, k=dice.randint(60, 400)) for _ in range(COUNT - PLANTED)]
    edited = [[dice.choice(_WORDS) if dice.random() < _CHANGED else word for word in text] for text in texts[:PLANTED]]
    return [" ".join(words) for words in (*texts, *edited)]


def _fill(vault: Vault, texts: list[str]) -> float:
    """Put a case a text into a vault; returns the seconds that keeping signatures took of it."""
    taken = 0.0
    with vault.change() as change:
        rows = change.rows
        manifest = BundleRow(
            id=1, digest="", chain="", number=1, written=_DAY, imported=_DAY, manifest=b"", finished=True
        )
        rows.add(manifest)
        for number, words in enumerate(texts, 1):
            row = secrets.token_bytes(16)
            rows.add(_case(number))
            rows.flush()
            rows.add(ArrivalRow(id=row, bundle_id=1, day=_DAY, size=1, sha256="", state=ArrivalState.OPENED))
            message = MessageRow(id=number, case_id=number, arrival_id=row, day=_DAY, text=words)
            rows.flush()
            rows.add(message)
            rows.flush()
            taken += seconds(partial(sign, rows, message))
            rows.flush()
            rows.expunge_all()
    return taken


def _case(number: int) -> CaseRow:
    return CaseRow(
        id=number,
        report=secrets.token_bytes(16),
        public_id=secrets.token_bytes(16),
        status=Status.NEW,
        severity=Severity.UNSET,
        unread=True,
        disposition=Disposition.OPEN,
        lane="arrival",
        language="en",
        consent=consent_to_text(Consent()),
        first_day=_DAY,
        last_day=_DAY,
        preview="",
        parts=1,
        files=0,
        destroyed=False,
    )


def measure() -> list[Figure]:
    """Measure one desk's vault with texts alone."""
    subject = f"Look-alikes among {COUNT:,} texts, {PLANTED} of them edits of others"
    dice = random.Random(COUNT)  # words of a measurement
    with (
        tempfile.TemporaryDirectory(prefix="khomo-bench-") as name,
        Vault.create(Path(name) / "vault", "first", bytes(32), secrets.token_hex(16)) as vault,
    ):
        signing = _fill(vault, _texts(dice))
        with vault.look() as rows:
            asked = range(1, PLANTED + 1)
            found = sum(number + COUNT - PLANTED in like(rows, number).cases for number in asked)
            taken = [seconds(partial(like, rows, number)) * 1000 for number in asked]
            listing = seconds(lambda: seem_alike(rows, range(1, PAGE + 1))) * 1000
        with vault.change() as change:
            forget_likeness(change.rows, 1)
            forgetting = seconds(lambda: leave_nothing(change.rows)) * 1000
    middle, worst = statistics.median(taken), max(taken)
    wanted = f"< {GOAL_MS} ms"
    return [
        Figure(subject, "signatures kept as texts come in", COUNT / signing, "texts/s"),
        Figure(subject, "edits that are found", found, "texts", "planted", PLANTED),
        Figure(subject, "near texts of one case", middle, "ms", wanted=wanted, reached=worst < GOAL_MS, worst=worst),
        Figure(subject, f"a list of {PAGE} cases says which", listing, "ms", wanted=wanted, reached=listing < GOAL_MS),
        Figure(subject, "indexes written anew after a case was destroyed", forgetting, "ms"),
    ]
