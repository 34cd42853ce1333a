"""After a restore: bundles of a desk that had not heard of it may be old, and are taken in by a person's word only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from intake.courier.errors import BeforeRestoreError
from intake.store import Store, StoreSettings
from intake.store.models import IncomingChainRow, OutgoingChainRow
from keys.sealing.chain_position import ChainPosition
from keys.sealing.letter import blank_letter
from keys.sealing.manifest import Acknowledgement
from tests.intake.courier.conftest import Desk, Server, new_address, new_letter

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.values import MailboxAddress


@dataclass(frozen=True)
class Burnt:
    """A server that was restored from a backup, and the bundles that its desk had sent it.

    Attributes:
        box: a mailbox that its source wrote off after the backup; blank again.
        sent: the desk's second bundle, with a letter for the box, and the third and fourth, without.
    """

    server: Server
    box: MailboxAddress
    sent: tuple[Path, Path, Path]


@pytest.fixture
def burnt(server: Server, desk: Desk, stick: Path) -> Burnt:
    box = new_address()
    desk.read(server.exporter.export(stick).path)
    server.importer().take_in(desk.write({box: new_letter()}))
    backed_up, ours = server.store.chains.incoming(), server.store.chains.outgoing()
    sent = (desk.write({box: new_letter()}), desk.write({box: blank_letter()}), desk.write({box: blank_letter()}))
    server.store.close()
    server.store = Store(server.folder / "restored", StoreSettings(free_floor_bytes=0), server.calendar)
    server.exporter.begin_chain()
    assert ours is not None
    assert ours.head is not None
    before = ChainPosition(ours.chain, ours.number, ours.head)
    with server.store.gate.writing() as generation, generation.database.writing() as session:
        session.execute(update(OutgoingChainRow).values(letters_away=True, resumes=before.to_text()))
        for name, position in backed_up.items():
            session.add(IncomingChainRow(desk=name, position=position.to_text()))
    server.store.replace_letters([(box, blank_letter())])
    return Burnt(server, box, sent)


def head(burnt: Burnt) -> str:
    [position] = burnt.server.store.chains.incoming().values()
    return position.head


def test_after_a_restore_an_old_bundle_is_not_taken_in_without_a_word(burnt: Burnt) -> None:
    second, third, fourth = burnt.sent
    blank = burnt.server.store.letter(burnt.box)
    for path, also in ((second, ""), (third, "bundle 2 did not arrive"), (fourth, "bundles 2 to 3 did not arrive")):
        with pytest.raises(BeforeRestoreError, match="may be an old one") as told:
            burnt.server.importer().take_in(path)
        assert also in told.value.message
        assert "only then add --confirm" in told.value.remedy
    assert burnt.server.store.letter(burnt.box) == blank
    assert burnt.server.store.health().letters_away


def test_one_old_bundle_that_was_confirmed_opens_no_way_for_the_next(burnt: Burnt) -> None:
    second, third, _fourth = burnt.sent
    assert burnt.server.importer().take_in(second, confirmed=True).letters == 1
    with pytest.raises(BeforeRestoreError):
        burnt.server.importer().take_in(third)
    assert burnt.server.importer().take_in(second).repeated


def test_a_bundle_of_a_desk_that_has_heard_of_the_restore_needs_no_word(burnt: Burnt, desk: Desk, stick: Path) -> None:
    burnt.server.exporter.export(stick)
    ours = burnt.server.store.chains.outgoing()
    assert ours is not None
    heard = Acknowledgement(ours.chain, 1)
    answer = desk.write({burnt.box: new_letter()}, number=2, previous=head(burnt), acknowledges=heard)
    assert burnt.server.importer().take_in(answer).letters == 1
    assert not burnt.server.store.health().letters_away
    older_than_that = desk.write({}, acknowledges=None)
    assert burnt.server.importer().take_in(older_than_that).number == 3, "its chain goes on from what was heard"


def test_a_store_whose_backup_knew_no_bundle_asks_too(burnt: Burnt) -> None:
    with burnt.server.store.gate.writing() as generation, generation.database.writing() as session:
        session.execute(update(OutgoingChainRow).values(resumes=None))
    with pytest.raises(BeforeRestoreError):
        burnt.server.importer().take_in(burnt.sent[0])
