"""The way to the generation in use, for readers and for the one writer at a time.

A reader asks the link which generation is in force; after a switch it opens the new one. A reader that was
overtaken by a switch looks again. A writer holds the lock, so no switch can come between.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from intake.store.database import Database
from intake.store.errors import StoreUnusable, translated
from intake.store.layout import Generation, Layout
from intake.store.lock import FairLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from intake.store.settings import StoreSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A generation with its database."""

    files: Generation
    database: Database


class Gate:
    """Opens a store's folder; makes it when it is not there yet."""

    def __init__(self, root: Path, settings: StoreSettings) -> None:
        self.layout = Layout(root)
        self.settings = settings
        self._mutex = threading.Lock()
        self._open: OpenGeneration | None = None
        self._process = 0
        with translated():
            self.layout.prepare()
            self.lock = FairLock(root, "store", settings.lock_seconds)
            self.rewriting = FairLock(root, "rewrite", 0.0)
            self.exporting = FairLock(root, "export", 0.0)
            with self.lock.held():
                self._make_or_migrate()

    def _make_or_migrate(self) -> None:
        name = self.layout.current_name()
        if name is not None:
            self.layout.generation(name).make_names()
            self._migrate(self.layout.generation(name))
            return
        made = self.layout.new_generation()
        self._migrate(made)
        self.layout.put_in_force(made)

    def _migrate(self, generation: Generation) -> None:
        database = self._database(generation)
        try:
            database.migrate()
        finally:
            database.close()

    def _database(self, generation: Generation) -> Database:
        return Database(generation.database, self.settings.busy_seconds)

    def current(self) -> OpenGeneration:
        """Return the generation that the link names now."""
        name = self.layout.current_name()
        with self._mutex:
            opened = self._open
            if opened is not None and opened.files.folder.name == name and self._process == os.getpid():
                return opened
            return self._reopen(name)

    def _reopen(self, name: str | None) -> OpenGeneration:
        if name is None:
            raise StoreUnusable("The store's `current` link is gone.", "Restore the store from a backup.")
        files = self.layout.generation(name)
        if self._open is not None and self._process == os.getpid():
            self._open.database.close()
        self._open = OpenGeneration(files, self._database(files))
        self._process = os.getpid()
        return self._open

    @contextmanager
    def writing(self) -> Iterator[OpenGeneration]:
        """Hold the store's lock, and with it the generation in use."""
        with translated(), self.lock.held():
            yield self.current()

    def read(self, question: Callable[[Session], T]) -> T:
        """Answer a question from one consistent view; asked again if a switch came between."""
        while True:
            opened = self.current()
            try:
                with opened.database.reading() as session:
                    return question(session)
            except StoreUnusable:
                if self.layout.current_name() == opened.files.folder.name:
                    raise

    def close(self) -> None:
        """Close what this process has open."""
        with self._mutex:
            if self._open is not None:
                self._open.database.close()
                self._open = None
