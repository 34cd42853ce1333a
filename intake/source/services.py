"""What the views call: everything that one source app is made of, in one frozen value."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from flask import current_app

from intake.source.refusals import Reason, Refusal
from keys.sealing.age import HybridRecipient
from keys.sealing.letter import filler_letter
from keys.sealing.public_bundle import NoEpochError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from intake.config import Config
    from intake.source.form_token import FormTokens
    from intake.source.mailbox import Mailboxes
    from intake.source.session import Visits
    from intake.source.silence import Silence
    from intake.store import Store
    from keys.sealing.codename import MailboxKeys, WordList
    from keys.sealing.notes import SigningKey
    from keys.sealing.public_bundle import PublicBundle
    from keys.sealing.values import Sealed

EXTENSION = "khomo"


@dataclass(frozen=True, slots=True)
class Services:
    """Made once by ``create_app``.

    Attributes:
        config: what the operator decided; of the lanes, those that the public bundle offers too.
        store: where sealed rows and letters go.
        bundle: the verified public bundle.
        server_key: signs filler letters.
        clock: gives the time, in UTC.
        words: the list of codenames.
        tokens: the forms' tokens.
        visits: the return visits' sessions.
        mailboxes: opens letters.
        silence: knows for how long no desk has emptied the box.
    """

    config: Config
    store: Store
    bundle: PublicBundle
    server_key: SigningKey
    clock: Callable[[], datetime]
    words: WordList
    tokens: FormTokens
    visits: Visits
    mailboxes: Mailboxes
    silence: Silence

    def recipient_text(self) -> str:
        """Return the ``age1pq1…`` recipient to seal to today; ``Refusal`` if no desk has an open epoch."""
        for desk in self.bundle.receiving_desks:
            with suppress(NoEpochError):
                return self.bundle.epoch_for(desk.id, self.clock().date()).recipient
        raise Refusal(Reason.CLOSED)

    def recipient(self) -> HybridRecipient:
        """Return the same, ready to seal to."""
        return _parsed(self.recipient_text())

    def filler(self, keys: MailboxKeys) -> Sealed:
        """Make the letter of a new mailbox."""
        return filler_letter(keys.address, self.server_key, keys.identity.recipient())


@cache
def _parsed(recipient: str) -> HybridRecipient:
    """Reading a recipient takes a millisecond; there are as many as epochs."""
    return HybridRecipient.parse(recipient)


def services() -> Services:
    """Return the services of the app that handles this request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)  # noqa: S101  # put there by create_app
    return found
