"""Thousands of damaged files of every format: refused with the family's own error, soon, and in little memory."""

from __future__ import annotations

import random
import resource
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.long.format_table import Format, Promise
from tests.long.formats import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.long

SEED = 20261120
SECONDS = 20
"""For one file of at most a quarter of a megabyte, on a loaded machine."""
MEMORY = 512 * 1024**2
"""More than the test holds before the first file."""


@contextmanager
def bounds() -> Iterator[None]:
    """Let memory end at its bound (MemoryError); the time of each file is set where it is read."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - not a file that anybody wrote
        now = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, before[1]))
    handler = signal.signal(signal.SIGALRM, _too_slow)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, before)


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"a damaged file took more than {SECONDS} seconds")


def check(one: Format, sample: bytes, data: bytes, *, meant: object) -> bool:
    """Read one damaged file; tell whether it was accepted, which is right only as the format promises."""
    whole = one.wrap(data)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        got = one.read(whole)
    except one.errors:
        return False
    if one.promise is Promise.SEALED:
        assert got == meant, "accepted with another meaning"
    elif one.promise is Promise.ONE_SPELLING:
        assert got == whole, "accepted, but it is not written so"
    return True


@pytest.mark.parametrize("name", list(formats()))
def test_damaged_files_are_refused_by_the_right_error(name: str) -> None:
    one = formats()[name]
    chance = random.Random(f"{SEED} {name}")
    meant = [one.read(one.wrap(sample)) for sample in one.samples]
    accepted = 0
    with bounds():
        for number in range(one.files):
            which = number % len(one.samples)
            sample = one.samples[which]
            data = one.damage(sample, chance, one.samples)
            try:
                accepted += check(one, sample, data, meant=meant[which])
            except Exception as error:  # noqa: BLE001 - says which file it was, whatever went wrong
                pytest.fail(f"{name}, seed {SEED}, file {number}: {error!r}\n{one.wrap(data)[:2000]!r}")
    assert accepted < one.files, "not one was refused"
