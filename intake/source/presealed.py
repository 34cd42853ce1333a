"""Looks at a file that the source sealed: is it age or OpenPGP, and can the desk alone open it, as far as that shows?

Rules:
1. The header is read strictly; armor is understood. Nothing else of the file is touched or held, it goes on as it came.
2. age does not show for whom a file is. It does show kinds of recipients: the desk's keys are post-quantum, so a file
   without such a stanza is sealed for somebody else, or with a passphrase that the desk does not have.
3. OpenPGP names every key that opens a file. Each must be a key of the desk to which the report goes. Another one would
   be the source's own, as a rule, and point to the source for as long as the file exists. One of another desk of ours
   could not be opened where it goes, and must not be where the report is about that desk.
4. A reader who hides is refused: it may be us, the source or anybody, so that rule 3 could not be kept. Who we are is
   no secret here, so hiding us hides nothing.
5. A passphrase is refused: the desk does not have it, and who found it would open the file too.
6. What the desk's GnuPG cannot open (the second data packet of RFC 9580) is refused now, while its source can act.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from intake.source.limits import SEALED_HEAD_BYTES
from intake.source.refusals import Reason, Refusal
from keys.sealing.age import AgeError, dearmored, read_header
from keys.sealing.openpgp_armor import OpenPgpError
from keys.sealing.openpgp_packets import Protection, looks_like_openpgp, read_head, read_public_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from intake.source.services import Services
    from keys.sealing.openpgp_packets import PublicKey, Reader

DESK_STANZA = "mlkem768x25519"
PASSPHRASE_STANZA = "scrypt"  # noqa: S105  # the name of a kind


@dataclass(frozen=True, slots=True)
class DeskKeys:
    """OpenPGP keys.

    Attributes:
        right: of the desk to which the report goes; none if it has none.
        others: of the other desks that receive.
    """

    right: tuple[PublicKey, ...] = ()
    others: tuple[PublicKey, ...] = ()

    @classmethod
    def of(cls, at: Services, desk_id: str = "") -> DeskKeys:
        """Tell the keys apart for a report that asks for this desk, or for none."""
        goes_to = at.open_desk(desk_id)
        keys = {desk.id: parsed_key(desk.openpgp) for desk in at.bundle.receiving_desks if desk.openpgp}
        right = keys.pop(goes_to.desk.id, None) if goes_to else None
        return cls((right,) if right else (), tuple(keys.values()))


def checked(chunks: Iterator[bytes], keys: DeskKeys) -> Iterator[bytes]:
    """Pass a presealed file on once its header has been looked at; ``Refusal`` before its first byte otherwise."""
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) >= SEALED_HEAD_BYTES:
            break
    check_head(bytes(head), keys)
    yield bytes(head)
    yield from chunks


def check_head(head: bytes, keys: DeskKeys) -> None:
    """Look at the beginning of a file; ``Refusal`` if the desk cannot open it, or somebody else can."""
    if looks_like_openpgp(head):
        _check_openpgp(head, keys)
    else:
        _check_age(head)


def _check_age(head: bytes) -> None:
    try:
        header = read_header(dearmored(BytesIO(head)))
    except AgeError as error:
        raise Refusal(Reason.NOT_SEALED) from error
    kinds = {stanza.kind for stanza in header.stanzas}
    if PASSPHRASE_STANZA in kinds:
        raise Refusal(Reason.SEALED_WITH_PASSPHRASE)
    if DESK_STANZA not in kinds:
        raise Refusal(Reason.SEALED_FOR_OTHERS)


def _check_openpgp(head: bytes, keys: DeskKeys) -> None:
    try:
        found = read_head(head)
    except OpenPgpError as error:
        raise Refusal(Reason.NOT_SEALED) from error
    if found.passphrases:
        raise Refusal(Reason.SEALED_WITH_PASSPHRASE)
    if any(reader.hidden for reader in found.readers):
        raise Refusal(Reason.SEALED_IN_HIDING)
    ours = [_is_one_of((*keys.right, *keys.others), reader) for reader in found.readers]
    if not any(ours):
        raise Refusal(Reason.SEALED_FOR_OTHERS)
    if not all(ours):
        raise Refusal(Reason.SEALED_FOR_MORE)
    if not all(_is_one_of(keys.right, reader) for reader in found.readers):
        raise Refusal(Reason.SEALED_FOR_ANOTHER_DESK)
    if found.protection is Protection.SEIPD2:
        raise Refusal(Reason.NOT_SEALED)


def _is_one_of(keys: Sequence[PublicKey], reader: Reader) -> bool:
    return any(key.reads(reader) for key in keys)


@cache
def parsed_key(armored: str) -> PublicKey:
    """Read a desk's key; there are as many as desks."""
    return read_public_key(armored)
