"""The courier's folder on an online laptop: a key for tor, the courier's signing key, the public bundle, the address.

Rules:
1. Nothing in it opens a report or a letter; whoever has it can fetch sealed bundles and push ones that a desk signed.
2. The tor key is X25519, written as tor wants it: ``descriptor:x25519:…`` for the server, its private half for our tor.
"""

from __future__ import annotations

import base64
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacl.public import PrivateKey

from keys.sealing.atomic import atomic_write
from keys.sealing.key_file import read_plain_key_file
from keys.sealing.onion_address import SUFFIX, OnionAddress
from keys.sealing.papers import read_public_bundle, read_root
from reviewer.errors import ReviewerError
from reviewer.online.courier_waiting import WAITING

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.notes import SigningKey
    from keys.sealing.public_bundle import PublicBundle

KEY = "courier.key"
TOR_KEY = "tor-client.key"
ONION = "server.onion"
ROOT = "root.pub"
BUNDLE = "public-bundle.note"


@dataclass(frozen=True, slots=True)
class CourierHome:
    """The folder."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, key: Path, root: Path, bundle: Path) -> CourierHome:
        """Make it; raises ``ReviewerError`` if it is there, ``KhomoError`` if the papers do not fit each other."""
        if folder.exists():
            raise ReviewerError(f"{folder} is there already.", "Choose another folder.")
        signing_key = read_plain_key_file(key).signing_key()
        public = read_public_bundle(bundle, read_root(root))
        if signing_key.verify_key not in public.couriers:
            raise ReviewerError("The public bundle names no such courier.", "Ask for courier.key of the ceremony.")
        folder.mkdir(mode=0o700)
        try:
            atomic_write(folder / KEY, key.read_bytes())
            atomic_write(folder / TOR_KEY, base64.b16encode(bytes(PrivateKey.generate())))
            atomic_write(folder / ROOT, root.read_bytes())
            atomic_write(folder / BUNDLE, bundle.read_bytes())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return cls(folder)

    @property
    def waiting(self) -> Path:
        """The folder in which a bundle waits until all of it is here."""
        return self.folder / WAITING

    @property
    def client_line(self) -> str:
        """What the operator writes into the server's configuration to let this laptop in."""
        return f"descriptor:x25519:{_base32(bytes(self._tor_key.public_key))}"

    def auth_private(self, onion: OnionAddress) -> str:
        """Return the content of the file by which tor proves itself (``ClientOnionAuthDir``)."""
        return f"{onion.host.removesuffix(SUFFIX)}:descriptor:x25519:{_base32(bytes(self._tor_key))}\n"

    def signing_key(self) -> SigningKey:
        """Open the courier's key."""
        return read_plain_key_file(self._file(KEY)).signing_key()

    def public_bundle(self) -> PublicBundle:
        """Read the public bundle."""
        return read_public_bundle(self._file(BUNDLE), read_root(self._file(ROOT)))

    def onion(self, given: str | None) -> OnionAddress:
        """Return the server's address: the one that is given, which is remembered, or the one of the last time."""
        if given is not None:
            address = OnionAddress.parse(given)
            atomic_write(self.folder / ONION, f"{address}\n".encode(), overwrite=True)
            return address
        if not (self.folder / ONION).exists():
            raise ReviewerError("The server's courier address is not known yet.", "Give it once: --onion ADDRESS.")
        return OnionAddress.parse((self.folder / ONION).read_text(encoding="ascii"))

    @property
    def _tor_key(self) -> PrivateKey:
        return PrivateKey(base64.b16decode(self._file(TOR_KEY).read_bytes()))

    def _file(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise ReviewerError(f"{path} is not there.", "Make the folder: khomo-reviewer courier init")
        return path


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=")
