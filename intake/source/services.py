"""What the views call: everything that one source app is made of, in one frozen value."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from flask import current_app

from intake.config import Lanes
from intake.source.refusals import Reason, Refusal
from keys.sealing.age import HybridRecipient
from keys.sealing.letter import filler_letter
from keys.sealing.public_bundle import NoEpochError
from keys.sealing.submission import Lane

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from intake.config import Config
    from intake.form.model import Form
    from intake.source.form_token import FormTokens
    from intake.source.mailbox import Mailboxes
    from intake.source.page_words import PageWords
    from intake.source.session import Visits
    from intake.source.silence import Silence
    from intake.store import Store
    from keys.sealing.codename import MailboxKeys
    from keys.sealing.letter import Letter
    from keys.sealing.notes import SigningKey
    from keys.sealing.public_bundle import Desk, PublicBundle
    from keys.sealing.values import Sealed

EXTENSION = "khomo"


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """A desk that receives, and the ``age1pq1…`` recipient of its epoch of today."""

    desk: Desk
    recipient: str


@dataclass(frozen=True, slots=True)
class Services:
    """Made once by ``create_app``.

    Attributes:
        config: what the operator decided.
        store: where sealed rows and letters go.
        current_bundle: gives the verified public bundle that is in use.
        server_key: signs filler letters.
        clock: gives the time, in UTC.
        words: the lists of codenames.
        tokens: the forms' tokens.
        visits: the return visits' sessions.
        mailboxes: opens letters.
        form: the questions beside the text.
        silence: knows for how long no desk has emptied the box.
    """

    config: Config
    store: Store
    current_bundle: Callable[[], PublicBundle]
    server_key: SigningKey
    clock: Callable[[], datetime]
    words: PageWords
    tokens: FormTokens
    visits: Visits
    mailboxes: Mailboxes
    silence: Silence
    form: Form

    @property
    def bundle(self) -> PublicBundle:
        """The public bundle in use."""
        return self.current_bundle()

    @property
    def lanes(self) -> Lanes:
        """Of the operator's lanes those that the organisation offers."""
        ours, offered = self.config.lanes, self.bundle.policy.lanes
        return Lanes(
            arrival=ours.arrival and Lane.ARRIVAL in offered, presealed=ours.presealed and Lane.PRESEALED in offered
        )

    @property
    def open_desks(self) -> tuple[OpenDesk, ...]:
        """The desks to which reports can be sealed today; the first opens all that is for no other."""
        bundle, today, found = self.bundle, self.clock().date(), []
        for desk in bundle.receiving_desks:
            with suppress(NoEpochError):
                found.append(OpenDesk(desk, bundle.epoch_for(desk.id, today).recipient))
        return tuple(found)

    def open_desk(self, desk_id: str = "") -> OpenDesk | None:
        """Return the desk to which a report goes that asks for this one, or for none; ``None`` if it is closed."""
        return next((one for one in self.open_desks if desk_id in {"", one.desk.id}), None)

    def recipient_text(self, desk_id: str = "") -> str | None:
        """Return the ``age1pq1…`` recipient to seal to today; ``None`` if no desk has an open epoch.

        A report that is for one desk goes to no other, whatever happens: it may be about them.
        """
        found = self.open_desk(desk_id)
        return None if found is None else found.recipient

    def recipient(self, desk_id: str = "") -> HybridRecipient:
        """Return the same, ready to seal to; ``Refusal`` if there is none."""
        text = self.recipient_text(desk_id)
        if text is None:
            raise Refusal(Reason.DESK_CLOSED if desk_id else Reason.CLOSED)
        return _parsed(text)

    @property
    def name_recipient(self) -> HybridRecipient | None:
        """The recipient to which names are kept apart today; ``None`` while nobody but the desk could hold its key."""
        text = self.bundle.apart_recipient(self.clock().date())
        return None if text is None else _parsed(text)

    def filler(self, keys: MailboxKeys, desk_id: str = "") -> Sealed:
        """Make the letter of a new mailbox; it knows where the report went, for what is added before an answer."""
        return filler_letter(keys.address, self.server_key, keys.identity.recipient(), desk_id)

    def desk_of(self, letter: Letter | None) -> str:
        """Return the desk to which whatever is added in a box must go; empty for the one that opens all others.

        The letter says it, whatever the form asks by now: a desk that the form names no more still has its cases.

        Raises ``Refusal`` where the letter cannot be read: nobody knows for whom the report was.
        """
        receiving = [desk.id for desk in self.bundle.receiving_desks]
        if letter is None:
            if self.form.desks or len(receiving) > 1:
                raise Refusal(Reason.DESK_CLOSED)
            return ""
        if letter.number == 0:
            return letter.desk
        signer = next((desk.id for desk in self.bundle.desks if desk.verify_key == letter.signer), "")
        return signer if signer in self.form.desks or signer in receiving[1:] else ""


@cache
def _parsed(recipient: str) -> HybridRecipient:
    """Reading a recipient takes a millisecond; there are as many as epochs."""
    return HybridRecipient.parse(recipient)


def services() -> Services:
    """Return the services of the app that handles this request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)  # noqa: S101  # put there by create_app
    return found
