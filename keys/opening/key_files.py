"""Key files: one secret inside an age passphrase file that any stock age tool opens (docs/formats/key-files.md)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError, WrongPassphraseError
from keys.opening.limits import KEY_FILE_LOG_N
from keys.opening.passphrases import readings
from keys.sealing.age import AgeError, NoMatchError, ScryptIdentity, ScryptRecipient, dearmored, open_sealed, seal
from keys.sealing.atomic import atomic_write
from keys.sealing.key_file import KEY_FILE_BYTES, KeyFile

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".key.age"


def write_key_file(path: Path, key: KeyFile, passphrase: str, log_n: int = KEY_FILE_LOG_N) -> None:
    """Write a key file for its owner only; it appears whole, and never over another.

    Raises:
        FileExistsError: the name is taken.
    """
    atomic_write(path, seal(key.to_json(), [ScryptRecipient(passphrase, log_n)]))


def write_plain_key_file(path: Path, key: KeyFile) -> None:
    """Write a key that its machine has to read without a person: the server's, the courier's."""
    atomic_write(path, key.to_json())


def read_key_file(path: Path, passphrase: str) -> KeyFile:
    """Open a key file, as it is or armored.

    Raises:
        WrongPassphraseError: the passphrase is not the one.
        OpeningError: the file is damaged, or is not a key file.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(2 * KEY_FILE_BYTES)
    return KeyFile.from_json(_open(path, data, passphrase))


def _open(path: Path, data: bytes, passphrase: str) -> bytes:
    for reading in readings(passphrase):
        try:
            return open_sealed(dearmored(BytesIO(data)).read(), [ScryptIdentity(reading)]).expose()
        except NoMatchError:
            continue
        except AgeError as error:
            raise OpeningError(f"{path} is not a whole key file: {error.message}", "Use another copy.") from error
    raise WrongPassphraseError(f"The passphrase does not open {path}.", "Type it again, or choose another key file.")
