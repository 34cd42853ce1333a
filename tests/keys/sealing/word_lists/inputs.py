"""What the word lists are made of: files of packages, named by version and SHA-256, never by an address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class InputError(Exception):
    """A file is not there, or is another one."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file of a package.

    Attributes:
        registry: Debian, PyPI or npm.
        package: its name; unpacked, it stands in a folder of this name.
        version: as the registry writes it.
        path: of the file inside the package.
        sha256: of the file.
        licence: under which the file may be used.
        credit: who made it, as its licence asks to be said.
    """

    registry: str
    package: str
    version: str
    path: str
    sha256: str
    licence: str
    credit: str

    def read(self, folder: Path) -> bytes:
        """Return the file's bytes; raises ``InputError``."""
        file = folder / self.package / self.path
        if not file.is_file():
            raise InputError(f"{file} is missing: unpack {self.registry}'s {self.package} {self.version} there.")
        content = file.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise InputError(f"{file} is another file than that of {self.package} {self.version}.")
        return content
