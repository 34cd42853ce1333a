"""What somebody finds who carries the disk away after the nightly rewrite."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from intake.store import Commit, Store
from intake.store.chains import Arrival
from intake.store.settings import FILE_TIME
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.manifest import Acknowledgement
from keys.sealing.values import new_row_id
from tests.intake.store.conftest import Sender

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from intake.store import StoreSettings
    from keys.sealing.values import MailboxAddress, RowId, Sealed
    from tests.intake.store.conftest import Calendar

    MakeLetter = Callable[[], tuple[MailboxAddress, Sealed]]


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def rank_correlation(order: list[int]) -> float:
    """Spearman's rho of a permutation with the order of sending; 0 is no relation, 1 the same order."""
    count = len(order)
    return 1 - 6 * sum((rank - place) ** 2 for place, rank in enumerate(order)) / (count * (count**2 - 1))


def send_many(store: Store, send: Sender, letter: MakeLetter, count: int) -> list[tuple[RowId, MailboxAddress]]:
    sent = []
    for _ in range(count):
        made = letter()
        sent.append((send.put(secrets.token_bytes(5000), letters=(made,))[0], made[0]))
    return sent


def test_no_byte_of_a_removed_row_or_a_replaced_letter_is_left(
    store: Store, send: Sender, letter: MakeLetter, calendar: Calendar, folder: Path
) -> None:
    address, old_letter = letter()
    data = secrets.token_bytes(5000)
    removed, _ = send.put(data, letters=((address, old_letter),))
    ours = ChainId.begin("server", Direction.TO_DESK)
    store.chains.open_chain(ours)
    store.chains.begin_bundle(lambda _chain, _rows: (b"manifest of old", "head"))
    store.chains.finish_bundle(1)
    theirs = ChainPosition(ChainId.begin("desk", Direction.TO_SERVER), 1, "aa" * 32)
    calendar.pass_days(1)
    store.chains.begin_bundle(lambda _chain, _rows: (b"manifest of old", "head"))
    store.chains.finish_bundle(2)
    store.chains.accept(Arrival("desk", theirs, Acknowledgement(ours, 2), ((address, letter()[1]),)), {"desk"})
    calendar.pass_days(30)
    store.rewrite_night()
    store.close()
    found = every_byte(folder)
    assert bytes(removed) not in found
    assert data[:32] not in found
    assert all(old_letter[at : at + 16] not in found for at in range(0, len(old_letter) - 16, 16))


def test_secure_delete_empties_replaced_letters_even_before_the_night(
    store: Store, letter: MakeLetter, folder: Path
) -> None:
    address, old_letter = letter()
    store.commit(Commit(letters=((address, old_letter),)))
    store.replace_letters([(address, letter()[1])])
    store.close()
    found = every_byte(folder)
    assert all(old_letter[at : at + 16] not in found for at in range(0, len(old_letter) - 16, 16))


def test_neither_inodes_nor_times_nor_the_place_in_the_database_tell_the_order(
    store: Store, send: Sender, letter: MakeLetter
) -> None:
    sent = send_many(store, send, letter, 120)
    store.rewrite_night()
    store.gate.current().database.close()
    files = store.gate.current().files
    image = files.database.read_bytes()
    stats = {path.name: path.stat() for path in files.present()}
    rank = {row: place for place, (row, _) in enumerate(sent)}
    unsorted = list(rank)
    secrets.SystemRandom().shuffle(unsorted)  # what has equal times stays in no order
    by_inode = sorted(unsorted, key=lambda row: stats[row.hex()].st_ino)
    by_birth = sorted(unsorted, key=lambda row: stats[row.hex()].st_ctime_ns)
    by_place = sorted(unsorted, key=image.index)
    for order in (by_inode, by_birth, by_place):
        assert abs(rank_correlation([rank[row] for row in order])) < 0.45
    assert len({found.st_mtime_ns for found in stats.values()}) == 1


def test_the_same_content_gives_the_same_database_byte_for_byte_whatever_order_it_came_in(
    tmp_path: Path, settings: StoreSettings, calendar: Calendar, letter: MakeLetter
) -> None:
    content = [(new_row_id(), secrets.token_bytes(100), letter()) for _ in range(40)]
    images = []
    for name, order in (("one", content), ("other", content[::-1])):
        with Store(tmp_path / name, settings, calendar) as store:
            for row, data, made in order:
                Sender(store).put(data, row, (made,))
            store.rewrite_night()
            images.append(store.gate.current().database.path.read_bytes())
    assert images[0] == images[1]


def test_reports_and_mailboxes_lie_in_unrelated_order(store: Store, send: Sender, letter: MakeLetter) -> None:
    sent = send_many(store, send, letter, 120)
    store.rewrite_night()
    store.gate.current().database.close()
    image = store.gate.current().files.database.read_bytes()
    rows = sorted((row for row, _ in sent), key=image.index)
    boxes = sorted((address for _, address in sent), key=image.index)
    place = {address: boxes.index(address) for address in boxes}
    mailbox_of = dict(sent)
    assert abs(rank_correlation([place[mailbox_of[row]] for row in rows])) < 0.45


def test_no_file_or_folder_bears_a_time_after_the_night_though_uploads_have_come_and_gone(
    store: Store, send: Sender, folder: Path
) -> None:
    send.put(b"x")
    with store.incoming() as upload:
        upload.write(b"given up")
    store.rewrite_night()
    locks = set(folder.glob("*.lock")) | set(folder.glob("*.turnstile"))
    assert {path.lstat().st_mtime for path in {folder, *folder.rglob("*")} - locks} == {FILE_TIME}


def test_no_name_in_the_store_tells_a_time_or_an_order(store: Store, send: Sender, folder: Path) -> None:
    send.put(b"x")
    store.rewrite_night()
    names = {path.name for path in folder.rglob("*")}
    fixed = {"current", "incoming", "store.lock", "store.turnstile", "rewrite.lock", "rewrite.turnstile"}
    fixed |= {"khomo.db", "name.key", "blobs", "fresh", "nights.json"}
    random_names = names - fixed
    assert all(len(name.removeprefix("generation-")) in {16, 32} for name in random_names)
