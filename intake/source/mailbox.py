"""From eight words to an opened letter, with the same work whether the words are right or not.

Rules:
1. Words that cannot be read, words that nobody was given, words of a mailbox that was written off, and right words take
   the same steps: one derivation, one look into the store, one letter that does not open and one that does. Who watches
   the time learns nothing about which mailboxes exist.
2. A letter counts only if a desk of the public bundle signed it; a filler only if the server did.
3. A letter that the key of the words does not open is no letter: that is how a mailbox that was written off looks.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.source.refusals import Reason, Refusal
from keys.sealing.age import NoMatchError
from keys.sealing.codename import CodenameError, MailboxKeys
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.letter import blank_letter, filler_letter, read_letter
from keys.sealing.notes import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intake.source.page_words import PageWords
    from intake.store import Store
    from keys.sealing.letter import Letter
    from keys.sealing.notes import VerifyKey
    from keys.sealing.public_bundle import PublicBundle
    from keys.sealing.values import Codename, Sealed


@dataclass(frozen=True, slots=True)
class OpenedBox:
    """What right words open.

    Attributes:
        codename: the words, as the list has them.
        keys: of the mailbox.
        letter: what it says; ``None`` if its signature or form is wrong.
    """

    codename: Codename = field(repr=False)
    keys: MailboxKeys = field(repr=False)
    letter: Letter | None = field(repr=False)


class Mailboxes:
    """Opens letters."""

    def __init__(self, store: Store, current_bundle: Callable[[], PublicBundle], words: PageWords) -> None:
        self._store = store
        self._bundle = current_bundle
        self._salt = current_bundle().salt  # no newer bundle may change it
        self._words = words
        nobody = SigningKey.generate("nobody")
        self._nobody = MailboxKeys.derive(words.draw(), self._salt)
        self._nobody_keys = (nobody.verify_key,)
        self._nobody_letter = filler_letter(self._nobody.address, nobody, self._nobody.identity.recipient())
        self._blank = blank_letter()

    def open_typed(self, text: str) -> OpenedBox:
        """Open the letter of words as a person typed them; ``Refusal`` if they open nothing."""
        codename = self._read(text)
        opened = self.open(codename or self._words.draw())
        if opened is None or codename is None:
            raise Refusal(Reason.WRONG_WORDS)
        return opened

    def open(self, codename: Codename) -> OpenedBox | None:
        """Open the letter of a codename; ``None`` if there is no such mailbox, or its source wrote it off."""
        keys = MailboxKeys.derive(codename, self._salt)
        sealed = self._store.letter(keys.address) or self._blank
        try:
            letter = self._read_letter(sealed, keys, self._bundle().servers)
        except NoMatchError:
            self._read_letter(self._nobody_letter, self._nobody, self._nobody_keys)
            return None
        with suppress(NoMatchError):
            self._read_letter(self._blank, keys, ())
        return OpenedBox(codename, keys, letter)

    def _read(self, text: str) -> Codename | None:
        try:
            return self._words.read(text)
        except CodenameError:
            return None

    def _read_letter(self, sealed: Sealed, keys: MailboxKeys, servers: Sequence[VerifyKey]) -> Letter | None:
        """Open a letter; ``None`` if its signature or form is wrong; raises ``NoMatchError`` where it is another's."""
        try:
            return read_letter(sealed, keys.identity, keys.address, self._bundle().desk_keys, servers)
        except NoMatchError:
            raise
        except (FormatError, SignatureError):
            return None
