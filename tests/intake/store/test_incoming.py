from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from intake.store import Store, StoreFull, StoreSettings, StoreUnusable, incoming
from intake.store.incoming import leftovers
from intake.store.settings import ALONE_BYTES, RESERVED_BYTES, WRITEBACK_BYTES
from keys.sealing.limits import GIB, KIB

if TYPE_CHECKING:
    from pathlib import Path


def files(store: Store) -> list[Path]:
    return [path for path in store.gate.layout.incoming.rglob("*") if path.is_file()]


def test_an_upload_that_is_not_committed_is_removed(store: Store) -> None:
    with store.incoming() as incoming:
        assert incoming.write(b"abc") == 3
        incoming.write(memoryview(b"def"))
        assert incoming.size == 6
        assert incoming.path.read_bytes() == b"abcdef"
    assert files(store) == []


def test_an_upload_cut_off_by_an_error_is_removed(store: Store) -> None:
    def cut_off() -> None:
        with store.incoming() as incoming:
            incoming.write(b"abc")
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        cut_off()
    assert files(store) == []


@pytest.mark.parametrize("size", [100, 3 * ALONE_BYTES], ids=["small", "large"])
def test_an_upload_that_is_over_touches_no_file_that_the_system_gave_its_number_to(store: Store, size: int) -> None:
    with store.incoming() as over:
        over.write(bytes(size))
    with store.incoming() as running:
        running.write(b"another's")
        with pytest.raises(StoreUnusable):
            over.write(b"late")
        with pytest.raises(StoreUnusable):
            over.digest()
        with pytest.raises(StoreUnusable):
            over.beginning(10)
        assert running.path.read_bytes() == b"another's"


def test_an_upload_is_private_while_it_grows(store: Store) -> None:
    with store.incoming() as incoming:
        assert incoming.path.stat().st_mode & 0o777 == 0o600
        assert incoming.path.parent.stat().st_mode & 0o777 == 0o700


def test_of_what_running_uploads_announce_only_a_little_is_kept_free(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever announces two gigabytes and sends nothing takes nobody's room."""
    floor = store.settings.free_floor_bytes
    monkeypatch.setattr(Store, "free_bytes", lambda _store: floor + 6 * RESERVED_BYTES)  # the night copies it once more
    with store.incoming(expected_bytes=2 * GIB):
        assert store.has_room(5 * RESERVED_BYTES // 2)
        assert not store.has_room(5 * RESERVED_BYTES // 2 + 1)
    assert store.has_room(3 * RESERVED_BYTES)
    assert not store.has_room(3 * RESERVED_BYTES + 1)


def test_what_has_come_is_no_longer_expected(store: Store) -> None:
    with store.incoming(expected_bytes=10) as incoming:
        incoming.write(b"1234")
        assert store._incoming.reserved_bytes() == 6
        incoming.write(b"1234567890")
        assert store._incoming.reserved_bytes() == 0


def test_uploads_that_were_let_in_stop_growing_at_the_floor(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text needs what lies below it."""
    free = [store.settings.free_floor_bytes + 2 * WRITEBACK_BYTES]  # so that the night can copy what has come
    monkeypatch.setattr(Store, "free_bytes", lambda _store: free[0])
    with store.incoming() as large, store.incoming() as text:
        large.write(bytes(WRITEBACK_BYTES))
        large.digest()
        free[0] -= 1
        large.write(bytes(WRITEBACK_BYTES))
        with pytest.raises(StoreFull):
            large.digest()
        with pytest.raises(StoreFull):
            large.write(b"x")
        text.write(bytes(256 * KIB))


def test_below_the_floor_there_is_no_room(folder: Path) -> None:
    with Store(folder, StoreSettings(free_floor_bytes=1 << 62)) as store:
        assert not store.has_room(0)
        assert not store.health().has_room


def test_the_disk_begins_with_a_large_upload_before_it_is_complete(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    monkeypatch.setattr(incoming, "WRITEBACK_BYTES", 1000)
    monkeypatch.setattr(os, "posix_fadvise", lambda _file, *place: started.append(place))
    with store.incoming() as upload:
        for _ in range(5):
            upload.write(b"x" * 400)
        assert started == [(0, 1200, os.POSIX_FADV_DONTNEED)]
        upload.write(b"x" * 9000)
        assert started[1:] == [(200, 10800, os.POSIX_FADV_DONTNEED)]


def test_a_large_upload_is_the_same_after_the_disk_has_begun_with_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "WRITEBACK_BYTES", 4096)
    content = os.urandom(50_000)
    with store.incoming() as upload:
        for at in range(0, len(content), 777):
            upload.write(content[at : at + 777])
        upload.make_durable()
        assert upload.path.read_bytes() == content


LEAVE_ONE_BEHIND = """
import os, sys
from pathlib import Path
from intake.store import Store
store = Store(Path(sys.argv[1]))
store.incoming().write(b"left behind")
print("ready", flush=True)
sys.stdin.read()
os._exit(9)
"""


def start_leaver(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", LEAVE_ONE_BEHIND, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_what_a_dead_process_left_is_removed_at_the_start_and_what_a_living_one_writes_is_not(
    store: Store, folder: Path, settings: StoreSettings
) -> None:
    with start_leaver(folder) as process:
        Store(folder, settings).close()
        assert [path.read_bytes() for path in files(store)] == [b"left behind"]
        assert leftovers(store.gate.layout.incoming) == []
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)
        assert process.stdout is not None
    assert len(leftovers(store.gate.layout.incoming)) == 1
    Store(folder, settings).close()
    assert files(store) == []


COMMIT_IN_BOTH = """
import hashlib, os, sys, warnings
from pathlib import Path
from intake.store import Commit, Committed, NewRow, Store
from keys.sealing.values import new_row_id
warnings.simplefilter("ignore")
store = Store(Path(sys.argv[1]))
def put():
    with store.incoming() as incoming:
        incoming.write(b"x")
        digest = hashlib.sha256(b"x").hexdigest()
        assert store.commit(Commit((NewRow(new_row_id(), incoming, 1, digest),))) == Committed()
        return incoming.path.parent
folder = put()
if os.fork() == 0:
    os._exit(0 if put() != folder else 1)
assert os.wait()[1] == 0
assert put() == folder
print(store.count())
store.close()
"""


def test_a_forked_child_commits_with_a_thread_and_a_folder_of_its_own(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMIT_IN_BOTH, str(folder)], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "3\n"


def test_a_folder_that_a_sweep_took_is_claimed_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Path] = []

    def slow_lock(folder: Path) -> int | None:
        tries.append(folder)
        if len(tries) == 1:
            return None  # a sweep holds it
        if len(tries) == 2:
            lock = os.open(folder, os.O_RDONLY)
            folder.rmdir()  # a sweep removed it before we had the lock
            return lock
        return real(folder)

    real = incoming._try_lock
    monkeypatch.setattr(incoming, "_try_lock", slow_lock)
    with store.incoming() as upload:
        assert upload.path.parent == tries[2]


def test_a_stray_file_among_the_uploads_is_left_alone(store: Store, folder: Path, settings: StoreSettings) -> None:
    (folder / "incoming" / "stray").write_bytes(b"")
    Store(folder, settings).close()
    assert (folder / "incoming" / "stray").exists()


WRITE_TOO_MUCH = """
import resource, sys
from pathlib import Path
from intake.store import Store, StoreFull
store = Store(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with store.incoming() as incoming:
        incoming.write(bytes(200_000))
except StoreFull as error:
    print(error)
store.close()
"""


def test_a_full_disk_under_an_upload_is_called_so_and_leaves_nothing(store: Store, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITE_TOO_MUCH, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("The disk of the store is full.")
    assert files(store) == []


def test_a_folder_that_may_not_be_written_is_called_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> int:
        raise OSError(30, "injected")

    with store.incoming() as incoming:
        monkeypatch.setattr("intake.store.incoming.os.fsync", refuse)
        with pytest.raises(StoreUnusable, match="cannot be written"):
            incoming.make_durable()


def test_a_disk_without_room_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> int:
        raise OSError(28, "injected")

    with store.incoming() as incoming:
        monkeypatch.setattr("intake.store.incoming.os.write", refuse)
        with pytest.raises(StoreFull):
            incoming.write(b"x")
