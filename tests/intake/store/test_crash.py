"""Kill the process that commits, again and again, and look at what is left."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from intake.store import Store, StoreSettings
from intake.store.inspection import fault_of, remove_orphans
from intake.store.layout import row_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.intake.store.conftest import Sender

COMMIT_FOREVER = """
import hashlib, os, sys, threading
from pathlib import Path
from intake.store import Commit, NewRow, Store
from keys.sealing.values import MailboxAddress, Sealed, new_row_id

store = Store(Path(sys.argv[1]))

def work():
    while True:
        data = os.urandom(20_000)
        row, address = new_row_id(), MailboxAddress(os.urandom(16))
        with store.incoming() as incoming:
            incoming.write(data)
            digest = hashlib.sha256(data).hexdigest()
            store.commit(Commit((NewRow(row, incoming, len(data), digest),), ((address, Sealed(os.urandom(32768))),)))
        os.write(1, f"{row.hex()} {address.hex()} {digest}\\n".encode())

for _ in range(6):
    threading.Thread(target=work, daemon=True).start()
while True:
    store.rewrite_night()
"""


def run_and_kill(folder: Path, seconds: float) -> list[list[str]]:
    """Return what the process said it had committed, whole lines only."""
    with subprocess.Popen([sys.executable, "-c", COMMIT_FOREVER, str(folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        said = first + process.stdout.read()
    return [line.split() for line in said.decode().splitlines(keepends=False) if len(line) == 32 + 1 + 32 + 1 + 64]


def check(folder: Path, said: list[list[str]]) -> None:
    """Every answered commit is whole; nothing unanswered is half there."""
    with Store(folder, StoreSettings(keep_acknowledged_days=1)) as store:
        assert [path for path in store.gate.layout.incoming.rglob("*") if path.is_file()] == []
        stored = {row.id: row for row in store.unacknowledged()}
        for row_hex, address, digest in said:
            row = next(row for row in stored if row.hex() == row_hex)
            assert stored[row].sha256 == digest
            assert store.letter(bytes.fromhex(address)) is not None  # type: ignore[arg-type]
        for row, value in stored.items():
            with store.open_blob(row) as blob:
                assert len(blob.read()) == value.size
        assert all(row_of(path) for path in store.gate.current().files.present())


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.long)])
def test_after_every_kill_what_was_answered_is_whole(folder: Path, kills: int) -> None:
    chance = random.Random(kills)
    said: list[list[str]] = []
    for _ in range(kills):
        said += run_and_kill(folder, chance.uniform(0.0, 0.3))
        check(folder, said)
    assert len(said) >= kills


def test_what_a_crash_left_between_name_and_row_is_removed_and_nothing_else(store: Store, send: Sender) -> None:
    """As when the doors open; an old blob without a row tells of something else, and a person looks at it."""
    send.put(b"kept")
    files = store.gate.current().files
    left, old = files.fresh / ("ab" * 16), files.blobs / ("cd" * 16)
    left.write_bytes(b"left over")
    old.write_bytes(b"of a restored disk")
    assert remove_orphans(store) == 1
    assert not left.exists()
    assert old.exists()
    assert remove_orphans(store) == 0
    assert [fault_of(store, row) for row in store.rows()] == [""]
