"""Looks at a file that the source sealed: is it age or OpenPGP, and can the desk alone open it, as far as that shows?

Rules:
1. The header is read strictly; armor is understood. Nothing else of the file is touched or held, it goes on as it came.
2. age does not show for whom a file is. It does show kinds of recipients: the desk's keys are post-quantum, so a file
   without such a stanza is sealed for somebody else, or with a passphrase that the desk does not have.
3. OpenPGP names every key that opens a file. Each must be a key of a desk that receives: another one would be the
   source's own, as a rule, and point to the source for as long as the file exists.
4. A reader who hides is refused: it may be us, the source or anybody, so that rule 3 could not be kept. Who we are is
   no secret here, so hiding us hides nothing.
5. A passphrase is refused: the desk does not have it, and who found it would open the file too.
6. What the desk's GnuPG cannot open (the second data packet of RFC 9580) is refused now, while its source can act.
"""

from __future__ import annotations

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

    from keys.sealing.openpgp_packets import PublicKey
    from keys.sealing.public_bundle import PublicBundle

DESK_STANZA = "mlkem768x25519"
PASSPHRASE_STANZA = "scrypt"  # noqa: S105  # the name of a kind


def openpgp_keys(bundle: PublicBundle) -> tuple[PublicKey, ...]:
    """Return the OpenPGP keys of the desks that receive."""
    return tuple(_parsed(desk.openpgp) for desk in bundle.receiving_desks if desk.openpgp)


def checked(chunks: Iterator[bytes], keys: Sequence[PublicKey]) -> Iterator[bytes]:
    """Pass a presealed file on once its header has been looked at; ``Refusal`` before its first byte otherwise."""
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) >= SEALED_HEAD_BYTES:
            break
    check_head(bytes(head), keys)
    yield bytes(head)
    yield from chunks


def check_head(head: bytes, keys: Sequence[PublicKey]) -> None:
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


def _check_openpgp(head: bytes, keys: Sequence[PublicKey]) -> None:
    try:
        found = read_head(head)
    except OpenPgpError as error:
        raise Refusal(Reason.NOT_SEALED) from error
    if found.passphrases:
        raise Refusal(Reason.SEALED_WITH_PASSPHRASE)
    if any(reader.hidden for reader in found.readers):
        raise Refusal(Reason.SEALED_IN_HIDING)
    ours = [any(key.reads(reader) for key in keys) for reader in found.readers]
    if not any(ours):
        raise Refusal(Reason.SEALED_FOR_OTHERS)
    if not all(ours):
        raise Refusal(Reason.SEALED_FOR_MORE)
    if found.protection is Protection.SEIPD2:
        raise Refusal(Reason.NOT_SEALED)


@cache
def _parsed(armored: str) -> PublicKey:
    """There are as many as desks."""
    return read_public_key(armored)
