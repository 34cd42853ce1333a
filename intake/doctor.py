"""What is wrong with this server, in one list: its store, its papers, its clock, and what waits for too long.

Exit codes of the command: 0 all is well or was repaired; 1 it could not look; 2 the command line is wrong;
3 warnings remain; 4 damage remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from intake.form.desks import desks_missing
from intake.form.errors import FormError
from intake.form.files import form_in_use
from intake.papers import PapersError, read_papers, read_public_bundle
from intake.store import Store, StoreError, open_store
from intake.store.inspection import Finding, Gravity, before_opening, inspect
from keys.sealing.errors import KhomoError
from keys.sealing.limits import EPOCH_WARNING_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from intake.config import Config
    from intake.papers import Papers
    from keys.sealing.public_bundle import Desk, Policy

SILENT_ONION = timedelta(days=2)
"""A service that was not reachable for longer has lost its door."""

EXIT_WARNINGS = 3
EXIT_DAMAGE = 4


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was found."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0, 3 or 4, as the module says."""
        left = {finding.gravity for finding in self.findings if not finding.repaired}
        if Gravity.DAMAGE in left:
            return EXIT_DAMAGE
        return EXIT_WARNINGS if left else 0


class Doctor:
    """Looks at one server.

    Args:
        config: of the server.
        today: the day in UTC.
        repair: whether to repair what is safe.
        progress: told a stage, how far it is and the whole.
    """

    def __init__(
        self,
        config: Config,
        today: Callable[[], date],
        *,
        repair: bool = False,
        progress: Callable[[str, int, int], object] = lambda _stage, _done, _all: None,
    ) -> None:
        self._config = config
        self._today = today
        self._repair = repair
        self._progress = progress
        self._policy: Policy | None = None

    def diagnose(self) -> Diagnosis:
        """Look at everything; what cannot be looked at is a finding too."""
        return Diagnosis((*self._papers(), *self._form(), *self._store()))

    def _form(self) -> Iterator[Finding]:
        try:
            form = form_in_use(self._config.form.file)
            bundle = read_public_bundle(self._config.paths)
        except FormError as error:
            yield Finding("form", Gravity.DAMAGE, error.message, "Try it with khomo-intake check-form.")
        except PapersError:
            return  # told already
        else:
            for problem in desks_missing(form, bundle):
                yield Finding("form", Gravity.DAMAGE, f"The form {problem.what}.", f"Right would be: {problem.right}.")

    def _papers(self) -> Iterator[Finding]:
        try:
            papers = read_papers(self._config)
        except PapersError as error:
            for problem in error.problems:
                yield Finding("papers", Gravity.DAMAGE, f"{problem.what}.", f"Right would be: {problem.right}.")
            return
        self._policy = papers.bundle.policy
        yield from _epochs(papers, self._today())
        if papers.bundle.issued > self._today() + timedelta(days=1):
            yield _clock(f"the public bundle was issued on {papers.bundle.issued}", self._today())

    def _store(self) -> Iterator[Finding]:
        folder = self._config.paths.store_dir
        if not folder.is_dir():
            message = f"There is no store at {folder} yet."
            yield Finding("store", Gravity.WARNING, message, "The first start of the service makes it.")
            return
        try:
            yield from before_opening(folder, repair=self._repair)
            with open_store(self._config, self._today, self._policy) as store:
                yield from inspect(store, repair=self._repair, progress=self._progress)
                yield from self._state(store)
        except StoreError as error:
            yield Finding("store", Gravity.DAMAGE, error.message, error.remedy)

    def _state(self, store: Store) -> Iterator[Finding]:
        health = store.health()
        for warning in health.warnings:
            yield Finding("health", Gravity.WARNING, warning, "")
        days = health.published_days
        if days and self._today() - days[-1] > SILENT_ONION:
            message = f"The onion service was last seen to be reachable on {days[-1]}."
            yield Finding("onion", Gravity.WARNING, message, "Look at the service's log and at tor's.")
        newest = max((row.day for row in store.rows()), default=date.min)
        if newest > self._today():
            yield _clock(f"a report came on {newest}", self._today())
        yield from self._chain(store)

    def _chain(self, store: Store) -> Iterator[Finding]:
        chain = store.chains.outgoing()
        if chain is None or chain.manifest is None:
            return
        if not chain.complete:
            message = f"The export of bundle {chain.number} was interrupted."
            yield Finding("export", Gravity.WARNING, message, "Run it again: khomo-intake export DEST")


def _epochs(papers: Papers, today: date) -> Iterator[Finding]:
    for desk in papers.bundle.receiving_desks:
        yield from _epoch(papers, desk, today)


def _epoch(papers: Papers, desk: Desk, today: date) -> Iterator[Finding]:
    try:
        papers.bundle.epoch_for(desk.id, today)
    except KhomoError as error:
        yield Finding("epoch", Gravity.DAMAGE, f"{error.message} No report can be taken.", error.remedy)
        return
    last = max(one.not_after for one in desk.epochs)
    if (last - today).days <= EPOCH_WARNING_DAYS:
        message = f"The last epoch of the desk {desk.id} ends on {last}."
        yield Finding("epoch", Gravity.WARNING, message, "Make one at the desk: khomo-keys epoch new")


def _clock(what: str, today: date) -> Finding:
    return Finding("clock", Gravity.DAMAGE, f"The clock says {today}, but {what}.", "Set the clock.")
