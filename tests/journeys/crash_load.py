"""A mixed load on a door that is killed: texts, files and return visits, each remembered with what came of it."""

from __future__ import annotations

import hashlib
import random
import secrets
import threading
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING

from deploy.rehearsal.door_socket import DoorSocket
from deploy.rehearsal.forms import ChosenFile
from deploy.rehearsal.source_client import SourceClient, at
from deploy.rehearsal.steps_source import PageError, right_page, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_SECONDS = 20
SMALLEST, LARGEST = 1, 3_000_000


@dataclass(frozen=True)
class Receipt:
    """A report whose receipt page was seen."""

    text: str
    digests: tuple[str, ...]
    codename: str = field(repr=False)


@dataclass
class Ledger:
    """What was sent, and for what a receipt came."""

    texts: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)
    receipts: list[Receipt] = field(default_factory=list)


class Load:
    """Sources that come one after the other, several at a time, until the door is gone."""

    def __init__(self, door: Path, folder: Path, ledger: Ledger) -> None:
        self._way = DoorSocket(door)
        self._folder = folder
        self._ledger = ledger
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, args=(visit,))
            for visit in (self._text, self._text, self._file, self._file, self._return)
        ]
        self.unexpected: list[Exception] = []

    def start(self) -> None:
        """Let them come."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait until all have gone."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _keep(self, visit: Callable[[], None]) -> None:
        try:
            while not self._over.wait(random.uniform(0, 0.1)):  # a pause is no secret
                visit()
        except (OSError, HTTPException):
            return  # the door was killed
        except Exception as unexpected:  # noqa: BLE001  # a thread has nobody to tell; the test looks
            self.unexpected.append(unexpected)

    def _new_text(self) -> str:
        text = f"report {secrets.token_hex(16)}\n" + "line of a report\n" * random.randrange(200)
        self._ledger.texts.add(text)
        return text

    def _client(self) -> SourceClient:
        return SourceClient(self._way, "khomo.onion", PATIENCE_SECONDS)

    def _text(self) -> None:
        text = self._new_text()
        page = send(self._client(), text, ())
        self._ledger.receipts.append(Receipt(text, (), page.codename()))

    def _file(self) -> None:
        text, path = self._new_text(), self._folder / secrets.token_hex(8)
        data = secrets.token_bytes(random.randrange(SMALLEST, LARGEST))
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        self._ledger.digests.add(digest)
        try:
            page = send(self._client(), text, (ChosenFile(path, "a file"),))
        finally:
            path.unlink()
        self._ledger.receipts.append(Receipt(text, (digest,), page.codename()))

    def _return(self) -> None:
        """Come back and add something; the page after it is a receipt too."""
        if not self._ledger.receipts:
            return
        codename = random.choice(self._ledger.receipts).codename
        client, text = self._client(), self._new_text()
        form = right_page(client.get(at("return"))).form("/return")
        form.fill("codename", codename)
        added = right_page(client.submit(form)).form("/box/add")
        added.fill("message", text)
        page = right_page(client.submit(added))
        if "We have it" not in page.text:
            raise PageError(page.text)
        self._ledger.receipts.append(Receipt(text, (), codename))
