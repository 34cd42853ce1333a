"""Opens one OpenPGP file with GnuPG in the sandbox, with one secret key of the desk and no other.

Our own reader says first for whom the file is; GnuPG sees it only then. What GnuPG gives out counts only when it says
at the end that the file was whole: it is given on as it comes, and its taker keeps nothing if this raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.openpgp_armor import OpenPgpError
from keys.sealing.openpgp_packets import read_head
from reviewer.sandbox.bubblewrap import Job, run
from reviewer.sandbox.errors import NotOpenedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keys.sealing.openpgp_packets import PublicKey

HEAD_BYTES = 64 * 1024
"""How much of a file its head may take."""

GPG = "gpg --homedir gpg --no-options --batch --no-tty --quiet --disable-dirmngr --no-auto-key-locate"
"""How GnuPG is started in the room: without options, people or a network."""
_LENIENT = "--ignore-time-conflict --ignore-valid-from --trust-model always --skip-verify"
"""A clock that is wrong, and signatures of people whom nobody knows here, say nothing about what was sealed."""
_SCRIPT = (
    "umask 077 && mkdir gpg"
    f" && {GPG} --logger-file /dev/null --import key.asc && rm key.asc"
    f" && exec {GPG} {_LENIENT} --logger-file /dev/null --status-fd 2 --output - --decrypt"
)
_WHOLE = (b"DECRYPTION_OKAY", b"GOODMDC")
_FAILED = b"DECRYPTION_FAILED"


@dataclass(frozen=True)
class OpenPgpSecret:
    """A secret key of the desk: what it is known by, and the armored key itself."""

    public: PublicKey
    armored: str = field(repr=False)


def open_openpgp(
    open_source: Callable[[], BinaryIO], most: int, keys: Sequence[OpenPgpSecret], sink: Callable[[bytes], object]
) -> None:
    """Open a file into ``sink``.

    Args:
        open_source: gives the file from its beginning; it is asked twice.
        most: bytes that may come out of it.
        keys: the desk's.
        sink: takes what comes out, which counts for nothing if this raises.

    Raises:
        SandboxError: there is no sandbox; nothing was opened.
        CutOffError: it grew larger than that, or took too long.
        NotOpenedError: it is not whole, or not for one of the keys.
    """
    key = _key_for(open_source, keys)
    job = Job(("/bin/sh", "-c", _SCRIPT), {"key.asc": key.armored.encode()}, most)
    with open_source() as source:
        outcome = run(job, source, sink)
    said = set(re.findall(rb"^\[GNUPG:\] (\w+)", outcome.said, re.MULTILINE))
    if outcome.code or not said.issuperset(_WHOLE):
        why = "not sealed to the key that it names" if _FAILED in said else "was cut off"
        raise NotOpenedError(f"GnuPG could not open it: it is damaged, or {why}.")


def _key_for(open_source: Callable[[], BinaryIO], keys: Sequence[OpenPgpSecret]) -> OpenPgpSecret:
    with open_source() as source:
        beginning = source.read(HEAD_BYTES)
    try:
        readers = read_head(beginning).readers
    except OpenPgpError as error:
        raise NotOpenedError(error.message) from error
    for key in keys:
        if any(key.public.reads(reader) for reader in readers):
            return key
    raise NotOpenedError("It is sealed to a key that this desk does not hold.")
