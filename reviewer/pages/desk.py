"""The vault behind the pages: who opened it, how long ago somebody looked, what is at work.

Rules:
1. It is open after a passphrase, and closed by the button, by so many minutes without a page, and at the end.
2. Each unlocking has a number: what belongs to an earlier one opens nothing.
3. One page at a time, and no page beside a long work: the vault has one connection.
4. A lock that is asked for during a long work happens as soon as that has ended: a half import helps nobody.
5. What was looked for is remembered in memory only, by numbers, and forgotten with the lock: no address of a page, and
   so no history of a browser, holds a word of it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from keys.sealing.errors import KhomoError
from reviewer import words
from reviewer.errors import LockedError, ReviewerError
from reviewer.pages import limits
from reviewer.terminal import told_in_words
from reviewer.translation import translated as _
from reviewer.vault.unlock import open_wrap, reviewers
from reviewer.vault.vault import Vault, check_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    Act = Callable[[Callable[[int], object]], Iterable[str]]


@dataclass
class Work:
    """Something that may take long; ``done`` of ``total`` steps. At its end it has lines or an error."""

    label: str
    total: int
    done: int = 0
    lines: list[str] = field(default_factory=list)
    error: Exception | None = None
    again: Mapping[str, str] = field(default_factory=dict)
    """The form that began it: what an error may have to be asked about once more."""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def percent(self) -> int:
        """How far it is; 100 only at its end."""
        return 100 if self.ended.is_set() else min(99, 100 * self.done // max(1, self.total))


class Desk:
    """One vault and its state, for one person.

    Args:
        folder: of the vault.
        lock_after: minutes.
        clock: seconds that never go back.
    """

    def __init__(
        self, folder: Path, lock_after: int = limits.LOCK_AFTER, clock: Callable[[], float] = time.monotonic
    ) -> None:
        check_there(folder)
        self.folder = folder
        self.lock_after = lock_after
        self.number = 0
        self.work: Work | None = None
        self.turn = threading.RLock()
        self._clock = clock
        self._seen = clock()
        self._vault: Vault | None = None
        self._lock_soon = False
        self._views: dict[str, Mapping[str, Any]] = {}
        self._views_made = 0

    @property
    def names(self) -> list[str]:
        """Who can open the vault."""
        return reviewers(self.folder / "wraps")

    @property
    def is_open(self) -> bool:
        """Whether pages can be shown."""
        return self._vault is not None and not self._lock_soon

    @property
    def is_busy(self) -> bool:
        """Whether a long work has the vault."""
        return self.work is not None and not self.work.ended.is_set()

    @property
    def vault(self) -> Vault:
        """The open vault; only where ``is_open``."""
        assert self._vault is not None  # noqa: S101 - no page is reached without
        return self._vault

    def unlock(self, reviewer: str, passphrase: str) -> None:
        """Open the vault, also where it is open already; raises LockedError. The number of this unlocking is new.

        Whoever comes while it is open needs a passphrase all the same, and a wrong one locks out nobody.
        """
        if self.is_busy:
            raise LockedError(_("Work goes on that had begun before."), _("Wait until it has ended."))
        if self._vault is not None:
            if reviewer not in self.names:
                raise LockedError(words.NOBODY_SO.format(name=reviewer))
            key = self._vault.unlocked.database_key
            open_wrap(self.folder / "wraps", reviewer, passphrase, lambda found: found == key)
            self.lock()
        self._vault = Vault.open(self.folder, passphrase, reviewer)
        self.number += 1
        self.touch()

    def lock(self) -> None:
        """Close the vault, at once or when the work has ended; what was looked for is forgotten."""
        with self.turn:
            self._views.clear()
            self._lock_soon = self._vault is not None and self.is_busy
            if self._vault is not None and not self._lock_soon:
                self._vault.held.close()
                self._vault = self.work = None

    def touch(self) -> None:
        """Note that a person is here."""
        self._seen = self._clock()

    def lock_if_idle(self) -> bool:
        """Lock where nobody looked for long; returns whether it did. Work that goes on counts as somebody."""
        with self.turn:
            if self.is_busy:
                self.touch()
            idle = self.is_open and self._clock() - self._seen >= self.lock_after * 60
            if idle:
                self.lock()
            return idle

    def begin(self, work: Work, act: Act) -> None:
        """Start a long work in a thread of its own, and wait a moment for its end."""
        self.work = work
        threading.Thread(target=self._do, args=(work, act)).start()
        work.ended.wait(limits.WAIT_SECONDS)

    def _do(self, work: Work, act: Act) -> None:
        def progress(step: int) -> None:
            work.done += step

        try:
            work.lines = list(act(progress))
        except Exception as error:  # noqa: BLE001 - whatever it was, the page has to say it
            work.error = in_words(error)
        work.ended.set()
        with self.turn:
            if self._lock_soon:
                self._lock_soon = False
                self.lock()

    def remember(self, wish: Mapping[str, Any]) -> str:
        """Keep what somebody looks for; returns the name by which a page asks for it again."""
        for name, known in self._views.items():
            if known == wish:
                return name
        self._views_made += 1
        self._views[str(self._views_made)] = wish
        while len(self._views) > limits.VIEWS:
            del self._views[next(iter(self._views))]
        return str(self._views_made)

    def remembered(self, name: str) -> Mapping[str, Any] | None:
        """Give what somebody looked for; None where that is forgotten."""
        return self._views.get(name)


def in_words(error: Exception) -> KhomoError:
    """Turn any error into one that says what happened; of a fault of the program only its kind is told."""
    try:
        told = told_in_words(error)
    except Exception as unknown:  # noqa: BLE001 - it raises what it does not know
        told = unknown
    if isinstance(told, KhomoError):
        return told
    text = _("A fault of the program ({kind}): what this had not finished does not count.")
    return ReviewerError(text.format(kind=type(told).__name__), _("Tell whoever looks after the program."))
