"""Deliveries as files: age, OpenPGP, or in the clear after a lead's own program has opened them."""

from __future__ import annotations

import io
import subprocess
import tempfile
from contextlib import contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING, BinaryIO, cast

from caselog.errors import CaseLogError, TamperedError, TruncatedError, WrongKeyError
from keys.sealing.age import (
    AgeError,
    HybridIdentity,
    NoMatchError,
    SealingWriter,
    SeekableOpening,
    read_header,
    sealed_size,
)
from keys.sealing.limits import AGE_CHUNK
from keys.sealing.sizes import is_size_class, size_classes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_AGE = b"age-encryption.org/"
_ZIP = b"PK\x03\x04"
_ARMORED_PGP = b"-----BEGIN PGP MESSAGE-----"
_PGP_PACKET = 0x80
_AGAIN = "Ask for it again; if it happens again, tell the desk in person."


@contextmanager
def opened_delivery(path: Path, identity: HybridIdentity, scratch: Path) -> Iterator[BinaryIO]:
    """Give the container of a delivery, seekable.

    Args:
        path: an age file sealed to ``identity``, an OpenPGP message for the lead's own GnuPG, or the container itself.
        identity: the lead's.
        scratch: folder in which what GnuPG opens lies for a while, sealed.
    """
    with path.open("rb") as file, _damage_told(path):
        start = file.read(len(_ARMORED_PGP))
        file.seek(0)
        if start.startswith(_AGE):
            yield _age(path, file, identity)
        elif start.startswith(_ZIP):
            yield _whole(path, file)
        elif start == _ARMORED_PGP or (start and start[0] & _PGP_PACKET):
            with _openpgp(path, scratch) as container:
                yield _whole(path, container)
        else:
            raise CaseLogError(f"{path} is not a delivery.", "Choose a file that the desk has made for you.")


def _age(path: Path, file: BinaryIO, identity: HybridIdentity) -> BinaryIO:
    try:
        header = read_header(file).length
        size = file.seek(0, io.SEEK_END)
        possible = (sealed_size(plaintext, header) for plaintext in size_classes())
        if size not in takewhile(lambda candidate: candidate <= size, possible):
            raise _truncated(path)
        file.seek(0)
        return cast("BinaryIO", io.BufferedReader(SeekableOpening(file, [identity]), AGE_CHUNK))
    except NoMatchError:
        raise WrongKeyError(f"{path} is sealed to somebody else's key.", "Give it to whom it is for.") from None
    except AgeError as error:
        raise TamperedError(_damaged(path), _AGAIN) from error


def _whole(path: Path, file: BinaryIO) -> BinaryIO:
    if not is_size_class(file.seek(0, io.SEEK_END)):
        raise _truncated(path)
    return file


def _truncated(path: Path) -> TruncatedError:
    return TruncatedError(
        f"{path} is truncated: it has the size of no delivery, as when a stick is pulled out early.", _AGAIN
    )


def _damaged(path: Path) -> str:
    return f"{path} is damaged: it was changed, as by a bad stick."


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """Say of an envelope whose bytes changed that it is damaged: that a bad stick does this is likelier than malice."""
    try:
        yield
    except TamperedError as error:
        if isinstance(error.__cause__, AgeError):
            raise TamperedError(_damaged(path), _AGAIN) from error
        raise


@contextmanager
def _openpgp(path: Path, scratch: Path) -> Iterator[BinaryIO]:
    """Let the lead's own GnuPG decrypt, with its own keys and its own question for the passphrase.

    What it gives is sealed as it comes, to a key that nobody keeps: whatever a power cut leaves opens for no one.
    """
    passing = HybridIdentity.generate()
    with tempfile.TemporaryFile(dir=scratch) as sealed:
        _decrypt(path, SealingWriter([passing.recipient()], sealed.write))
        sealed.seek(0)
        yield cast("BinaryIO", io.BufferedReader(SeekableOpening(sealed, [passing]), AGE_CHUNK))


def _decrypt(path: Path, sealing: SealingWriter) -> None:
    command = ["gpg", "--quiet", "--output", "-", "--decrypt", str(path.absolute())]
    with tempfile.TemporaryFile() as errors:
        try:
            gpg = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        except FileNotFoundError:
            raise CaseLogError("GnuPG does not run here.", "Install the package gnupg.") from None
        empty = True
        with gpg:
            while block := gpg.stdout.read(AGE_CHUNK) if gpg.stdout else b"":
                sealing.write(block)
                empty = False
        if gpg.returncode != 0 or empty:
            errors.seek(0)
            raise _not_opened(path, errors.read().decode(errors="replace"))
    sealing.finish()


def _not_opened(path: Path, said: str) -> WrongKeyError:
    last = said.strip().splitlines()[-1:] or ["it does not say why"]
    return WrongKeyError(
        f"GnuPG did not open {path}: {last[0]}",
        "Is this the machine with your OpenPGP key? `gpg --list-secret-keys` shows it.",
    )
