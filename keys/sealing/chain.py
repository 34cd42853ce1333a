"""Signed sequences: which bundle comes next, and what it means when another one comes.

Rules of ``follow``; every other case is a ``ChainError`` that says what happened and what to do:
1. A chain begins with number 1 and names no bundle before it.
2. Each further bundle has the next number and names the head (SHA-256 of the signed text) of the one before.
3. A new chain takes the place of an old one only when a person has confirmed it: the error carries the position to go
   on from (``proposal``). A fork and a replay carry none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from keys.sealing.chain_position import ChainPosition
from keys.sealing.errors import ChainError

if TYPE_CHECKING:
    from keys.sealing.manifest import Manifest


class ConfirmableError(ChainError):
    """A ``ChainError`` with the position to go on from once a person has confirmed it."""

    def __init__(self, message: str, remedy: str, proposal: ChainPosition | None = None) -> None:
        super().__init__(message, remedy)
        self.proposal = proposal


class Replay(ChainError):  # noqa: N818  # the reader's word for what happened
    """A bundle that was taken in before."""


class Gap(ConfirmableError):  # noqa: N818  # as Replay
    """Bundles are missing before this one."""


class Fork(ChainError):  # noqa: N818  # as Replay
    """Two different bundles stand at one place of a chain."""


class UnknownChain(ConfirmableError):  # noqa: N818  # as Replay
    """A chain that has nothing to do with the one known here."""


class RestoredChain(ConfirmableError):  # noqa: N818  # as Replay
    """A new chain of a restored server, which names where the known chain ended for it."""


def follow(position: ChainPosition | None, manifest: Manifest, digest: str) -> ChainPosition:
    """Return the position after a verified manifest; raises one of the errors above.

    Args:
        position: the last one taken in, of any chain in this direction; None if there was none.
        manifest: the verified manifest.
        digest: its head, as ``Bundle.digest`` gives it.
    """
    here = ChainPosition(manifest.chain, manifest.number, digest)
    if position is None:
        return _begin(manifest, here)
    if manifest.chain == position.chain:
        return _go_on(position, manifest, replace(here, former=position.former))
    raise _other_chain(position, manifest, here)


def _begin(manifest: Manifest, here: ChainPosition) -> ChainPosition:
    if manifest.number == 1 and manifest.resumes is None:
        return here
    raise UnknownChain(
        f"This is bundle {here.number} of a chain of which nothing is known here.",
        "Import the earlier bundles first; if there are none left, ask the sender and confirm this chain.",
        here,
    )


def _go_on(position: ChainPosition, manifest: Manifest, here: ChainPosition) -> ChainPosition:
    if here.number > position.number + 1:
        missing = _numbers(position.number + 1, here.number - 1)
        raise Gap(
            f"Before bundle {here.number}, {missing} did not arrive.",
            "Look for the missing stick. What nobody acknowledged is in this bundle again: you may confirm and go on.",
            here,
        )
    if here.number < position.number:
        raise Replay(
            f"This is bundle {here.number}; the newer bundle {position.number} has been imported already.",
            "Take the newest bundle. If this one is the newest, ask the sender whether the server was restored.",
        )
    if here.number == position.number and here.head == position.head:
        raise Replay(f"Bundle {here.number} has been imported already.", "Nothing needs to be done.")
    if here.number == position.number or manifest.previous != position.head:
        raise Fork(
            f"There are two different bundles with the number {position.number}: two machines use one signing key, or "
            "the sender's records were changed.",
            "Do not import it. Keep both bundles and speak to the sender in person.",
        )
    return here


def _other_chain(position: ChainPosition, manifest: Manifest, here: ChainPosition) -> ChainError:
    if here.chain.direction != position.chain.direction:
        return UnknownChain("This bundle goes the other way across the gap.", "Take the bundle from the other machine.")
    for old in position.former:
        if old.chain == here.chain:
            return _former_chain(old, here)
    here = replace(here, former=(*position.former, replace(position, former=())))
    resumes = manifest.resumes
    if resumes is None or resumes.chain != position.chain:
        return UnknownChain(
            "This bundle belongs to a chain that is not known here and does not follow the known one.",
            "Ask the sender in person whether the machine was set up anew; confirm only then.",
            here,
        )
    return _restored_chain(position, resumes, here)


def _former_chain(old: ChainPosition, here: ChainPosition) -> ChainError:
    if here.number <= old.number:
        return Replay("This bundle belongs to a chain that has been replaced.", "Take the newest bundle.")
    return Fork(
        f"The chain that was replaced after bundle {old.number} goes on: two machines use one signing key.",
        "Do not import it. Speak to the sender in person: one of the machines must be switched off.",
    )


def _restored_chain(position: ChainPosition, resumes: ChainPosition, here: ChainPosition) -> ChainError:
    if resumes.number == position.number and resumes.head != position.head:
        return Fork(
            f"The sender began a new chain after a bundle {position.number} that is not the one known here.",
            "Do not import it. Keep both bundles and speak to the sender in person.",
        )
    message = "The sender was restored from a backup and began a new chain."
    if resumes.number < position.number:
        message += f" Its backup does not know {_numbers(resumes.number + 1, position.number)}, imported here."
    if resumes.number > position.number:
        message += f" Of the old chain, {_numbers(position.number + 1, resumes.number)} did not arrive."
    if here.number > 1:
        message += f" Of the new chain, {_numbers(1, here.number - 1)} did not arrive."
    return RestoredChain(message, "Ask the sender in person whether this is so; then confirm and go on.", here)


def _numbers(first: int, last: int) -> str:
    return f"bundle {first}" if first == last else f"bundles {first} to {last}"
