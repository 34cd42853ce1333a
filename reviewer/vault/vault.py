"""A vault that is open: who opened it, its database, its files, and the day.

- ``lock``: one command at a time
- ``wraps/<name>.wrap``: what a reviewer's passphrase opens (and ``.second``, its copy)
- ``vault.db``: the encrypted database
- ``attachments/*.age``: one sealed file an attachment, keys in the database
- ``sealed/<row>.age``: rows of the door that could not be opened, as they came
- ``outgoing/``: sealed bundles and deliveries that wait for a stick
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewer.errors import LockedError, ReviewerError
from reviewer.vault import database, unlock
from reviewer.vault.attachments import AttachmentStore
from reviewer.vault.rows import HistoryRow, HistoryValueRow, SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Engine

FOLDERS = ("wraps", "attachments", "sealed", "outgoing")
_KEY_BYTES = 32
_PRIVATE_FOLDER = 0o700


def current_day() -> date:
    """Today, in the one time zone that every machine of Khomo uses."""
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Change:
    """One transaction and who makes it; each act is recorded in the same transaction."""

    rows: Session
    who: str
    day: date

    def record(self, act: str, case_id: int | None = None, **values: tuple[str | None, str | None]) -> None:
        """Append an act to the history; each value is a pair of before and after."""
        entry = HistoryRow(day=self.day, who=self.who, act=act, case_id=case_id)
        self.rows.add(entry)
        self.rows.flush()
        for name, (before, after) in values.items():
            self.rows.add(HistoryValueRow(history_id=entry.id, field=name, before=before, after=after))


@dataclass
class Vault:
    """An open vault. Use it as a context manager; one process holds it at a time."""

    folder: Path
    unlocked: unlock.Unlocked
    engine: Engine
    today: Callable[[], date] = current_day
    held: ExitStack = field(default_factory=ExitStack, repr=False)

    @classmethod
    def create(cls, folder: Path, reviewer: str, signing_seed: bytes, passphrase: str) -> Self:
        """Make an empty vault in a folder that does not exist yet, and open it; it is there whole, or not at all."""
        check_new(folder)
        folder.mkdir(mode=_PRIVATE_FOLDER)
        try:
            return cls._make(folder, reviewer, signing_seed, passphrase)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @classmethod
    def _make(cls, folder: Path, reviewer: str, signing_seed: bytes, passphrase: str) -> Self:
        for name in FOLDERS:
            (folder / name).mkdir(mode=_PRIVATE_FOLDER)
        with ExitStack() as stack:
            stack.enter_context(_locked(folder))
            unlocked = unlock.Unlocked(reviewer, secrets.token_bytes(_KEY_BYTES), signing_seed)
            unlock.write_wrap(folder / "wraps", unlocked, passphrase)
            engine = database.open_engine(folder / "vault.db", unlocked.database_key, create=True)
            stack.callback(engine.dispose)
            database.create_schema(engine)
            return cls(folder, unlocked, engine, held=stack.pop_all())

    @classmethod
    def open(cls, folder: Path, passphrase: str, reviewer: str | None = None) -> Self:
        """Unlock a vault; with one reviewer the name may be left out. Raises LockedError."""
        check_there(folder)
        with ExitStack() as stack:
            stack.enter_context(_locked(folder))
            unlocked = unlock.open_wrap(
                folder / "wraps",
                _which(folder, reviewer),
                passphrase,
                opens=lambda key: database.opens(folder / "vault.db", key),
            )
            engine = database.open_engine(folder / "vault.db", unlocked.database_key)
            stack.callback(engine.dispose)
            database.check_schema(engine)
            return cls(folder, unlocked, engine, held=stack.pop_all())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.held.close()

    @property
    def reviewer(self) -> str:
        """Name of whoever unlocked the vault."""
        return self.unlocked.reviewer

    @property
    def attachments(self) -> AttachmentStore:
        """Sealed attachments."""
        return AttachmentStore(self.folder / "attachments")

    @property
    def sealed(self) -> Path:
        """Folder of rows that could not be opened."""
        return self.folder / "sealed"

    @property
    def wraps(self) -> Path:
        """Folder of the wrap files."""
        return self.folder / "wraps"

    @property
    def outgoing(self) -> Path:
        """Folder of sealed files that wait for a stick."""
        return self.folder / "outgoing"

    @contextmanager
    def change(self) -> Iterator[Change]:
        """One transaction: all of it, or nothing."""
        with Session(self.engine) as rows, rows.begin():
            yield Change(rows, self.reviewer, self.today())

    @contextmanager
    def look(self) -> Iterator[Session]:
        """Read only; nothing is committed."""
        with Session(self.engine) as rows:
            yield rows

    def setting(self, name: str) -> str | None:
        """A value of the vault itself."""
        with self.look() as rows:
            return rows.scalar(select(SettingRow.value).where(SettingRow.name == name))


def check_new(folder: Path) -> None:
    """Refuse a folder in which no vault can be made; raises ReviewerError. Asked before anybody types a passphrase."""
    if folder.exists() or folder.is_symlink():
        raise ReviewerError(f"{folder} exists already.", "Name a folder that is not there yet.")


def check_there(folder: Path) -> None:
    """Refuse a folder without a vault; raises LockedError. Asked before anybody types a passphrase."""
    if not (folder / "vault.db").is_file():
        raise LockedError(f"{folder} holds no vault.", "Give the right folder with --vault or KHOMO_VAULT.")


def _which(folder: Path, reviewer: str | None) -> str:
    names = unlock.reviewers(folder / "wraps")
    if reviewer is None and len(names) == 1:
        return names[0]
    if reviewer in names:
        return str(reviewer)
    raise LockedError(
        "Whose passphrase will it be?" if reviewer is None else f"No reviewer {reviewer!r} is known here.",
        f"Give --reviewer with one of: {', '.join(names) or 'none (wrap files are missing)'}.",
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LockedError("Another command is at work on this vault.", "Wait until it has ended.") from None
    try:
        yield
    finally:
        os.close(descriptor)
