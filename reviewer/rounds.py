"""A round's two ends, as commands and pages do them alike: taking a bundle in, and writing an outbox."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from reviewer import forward_words, words
from reviewer.health import look_at
from reviewer.inbox import import_bundle
from reviewer.outbox import count_mailboxes
from reviewer.prepared import unsigned
from reviewer.reopening import count_sealed_files
from reviewer.sending import has_unwritten, send, send_again, send_unwritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reviewer.health import DeskHealth
    from reviewer.inbox import ImportReport
    from reviewer.prepared import Unsigned
    from reviewer.sending import Sent
    from reviewer.vault.vault import Vault


@dataclass(frozen=True)
class TakenIn:
    """What an import did, and how server and desk are after it."""

    report: ImportReport
    health: DeskHealth
    sealed_files: int

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to do something about this bundle."""
        return not self.report.finished or bool(self.report.changed_rows)

    def told(self) -> Iterator[str]:
        """Say it in words, the server's health first."""
        yield from words.health(self.health)
        yield from words.imported(self.report)
        yield from words.files_sealed(self.sealed_files)

    def to_json(self) -> dict[str, object]:
        """As scripts read it."""
        return self.report.to_json() | {"sealed_files": self.sealed_files, "health": asdict(self.health)}


@dataclass(frozen=True)
class SentOut:
    """What lies on the stick now: an outbox made now, or an earlier one once more.

    ``unwritten`` says that the earlier one had not been written whole, so that it went first.
    """

    files: tuple[Path, ...]
    made: Sent | None = None
    unwritten: bool = False
    unsigned: tuple[Unsigned, ...] = ()

    def told(self) -> Iterator[str]:
        """Say it in words."""
        if self.made is not None:
            yield from words.sent(self.made)
            yield from forward_words.unsigned(self.unsigned)
            return
        if self.unwritten:
            yield words.EARLIER_OUTBOX
        yield from map(str, self.files)

    def to_json(self) -> dict[str, object]:
        """As scripts read it."""
        return {"files": self.files, "earlier": self.unwritten} if self.made is None else asdict(self.made)


def size_of(bundle: Path) -> int:
    """Return how many bytes an import counts; none where there is no file, which it will say."""
    return bundle.stat().st_size if bundle.is_file() else 0


def take_in(vault: Vault, bundle: Path, progress: Callable[[int], object], *, confirm: bool) -> TakenIn:
    """Import a bundle; ``progress`` counts bytes. Raises BundleRefusedError."""
    report = import_bundle(vault, bundle, confirm=confirm, progress=progress)
    with vault.look() as rows:
        return TakenIn(report, look_at(rows, vault.today()), count_sealed_files(rows))


def count_letters(vault: Vault) -> int:
    """Return how many letters an outbox is made of."""
    with vault.look() as rows:
        return count_mailboxes(rows)


def send_out(vault: Vault, destination: Path, progress: Callable[[int], object], *, again: bool) -> SentOut:
    """Write an outbox to a folder; ``progress`` counts letters. One that was not written whole goes first."""
    if has_unwritten(vault):
        return SentOut(send_unwritten(vault, destination), unwritten=True)
    if again:
        return SentOut(send_again(vault, destination))
    made = send(vault, destination, progress)
    with vault.look() as rows:
        return SentOut(made.files, made, unsigned=unsigned(rows))
