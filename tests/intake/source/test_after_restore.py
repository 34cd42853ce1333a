"""After a restore old words open nothing until the desk has written: the pages say so, to everybody alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from intake.backup.contents import open_backup
from intake.backup.making import make_backup
from intake.backup.restoring import restore
from intake.config import load_config
from intake.courier import Exporter, Importer, Trust
from intake.source.app import create_app
from intake.source.limits import SILENCE_KEPT
from intake.store.configured import open_store
from keys.sealing.age import HybridIdentity
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.letter import filler_letter
from tests.intake.courier.conftest import Desk
from tests.intake.source.conftest import Site, texts
from tests.intake.world import CONFIG, TODAY, Clock, World, at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from keys.sealing.values import Sealed

ONION = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
MOVED = "We had to move our service"
WRONG = "These words do not open a box."


def site_at(folder: Path, world: World) -> Site:
    """Open a door on the store of a server's folder."""
    clock, config = Clock(), load_config(folder / "config.toml")
    store = open_store(config, lambda: clock().date())
    return Site(create_app(config, store, world.bundle(), world.server_key, clock), store, world, clock, folder)


def words_of_a_report(site: Site, text: str) -> str:
    form = site.form()
    assert site.report(text, form=form).status_code == 200
    return form["codename"]


@dataclass
class Moved:
    """A server that was restored elsewhere from its backup, its desk, and people with words of its first life.

    Attributes:
        site: the new server.
        desk: has read the reports of the first one.
        words: of a report, of a harmless one beside it, and of nobody.
    """

    site: Site
    desk: Desk
    words: dict[str, str]

    def typed(self, words: str) -> tuple[int, list[tuple[str, str]], str]:
        """Type words as somebody who was never here; returns all that comes back."""
        self.site.take_new_circuit()
        self.site.browser = self.site.app.test_client()
        answer = self.site.post(at("box.enter"), [("codename", words)])
        return answer.status_code, sorted(answer.headers), answer.text

    def carry_letters(self) -> None:
        """The desk writes to every mailbox that it knows; a person says that it is its newest; some minutes pass."""
        world = self.site.world
        keys = [
            MailboxKeys.derive(WordList.load().read(self.words[who]), world.bundle().salt) for who in ("real", "cover")
        ]
        letters = {one.address: filler_letter(one.address, world.server_key, one.identity.recipient()) for one in keys}
        trust = Trust(world.root.verify_key, world.bundle(), self.site.folder / "public-bundle.note")
        Importer(self.site.store, trust).take_in(self.desk.write(letters), confirmed=True)
        self.site.clock.pass_by(seconds=SILENCE_KEPT.total_seconds())


@pytest.fixture(params=["bundles known", "no bundle known"])
def moved(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Moved]:
    """Its backup was made after a bundle to the desk, or when there had been none."""
    (old := tmp_path / "old").mkdir()
    (new := tmp_path / "new").mkdir()
    world, paper = World(), HybridIdentity.generate()
    (old / "config.toml").write_text(CONFIG + "free_space_floor_mib = 64\n")
    world.write_papers(old)
    service = old / "tor" / "service"
    service.mkdir(parents=True, mode=0o700)
    (service / "hostname").write_text(f"{ONION}\n")
    (service / "hs_ed25519_public_key").write_bytes(b"== ed25519v1-public: type0 ==\0\0\0" + bytes(32))
    (service / "hs_ed25519_secret_key").write_bytes(b"== ed25519v1-secret: type0 ==\0\0\0" + bytes(64))
    first, desk = site_at(old, world), Desk(world.desk_key, world.server_key, tmp_path)
    words = {"real": words_of_a_report(first, "The road was paid twice."), "cover": words_of_a_report(first, "A lamp.")}
    words["unknown"] = WordList.load().draw().expose()
    make: Callable[[], Sealed] = lambda: make_backup(load_config(old / "config.toml"), paper.recipient(), lambda: TODAY)  # noqa: E731
    early = make()
    desk.read(Exporter(first.store, world.server_key).export(tmp_path).path)
    backup = make() if request.param == "bundles known" else early
    first.store.close()
    restore(open_backup(backup, paper), new / "config.toml")
    site = site_at(new, world)
    yield Moved(site, desk, words)
    site.store.close()


def test_words_that_opened_a_box_words_of_a_cover_report_and_words_of_nobody_are_answered_alike(moved: Moved) -> None:
    answers = {who: moved.typed(words) for who, words in moved.words.items()}
    answers["eight words of no list"] = moved.typed("qwertz " * 8)
    assert len({repr(answer) for answer in answers.values()}) == 1
    status, _headers, page = answers["real"]
    assert status == 403
    assert WRONG in texts(page)
    assert MOVED in texts(page)


def test_the_page_that_asks_for_words_says_it_before_they_are_typed_and_the_first_page_does_not(moved: Moved) -> None:
    page = texts(moved.site.get(at("box.come_back")).text)
    for said in (
        MOVED, "your words may open nothing", "Keep your words.", "We open the box every Monday and Thursday.",
        "send a new report now",
    ):  # fmt: skip
        assert said in page
    assert MOVED not in moved.site.get(at("pages.landing")).text


def test_who_reports_anew_has_a_box_at_once_while_the_others_wait(moved: Moved) -> None:
    words = words_of_a_report(moved.site, "Once more.")
    status, _headers, page = moved.typed(words)
    assert status == 303
    assert MOVED not in page
    assert MOVED in moved.typed(moved.words["real"])[2]


def test_an_export_alone_brings_no_letter_back(moved: Moved) -> None:
    Exporter(moved.site.store, moved.site.world.server_key).export(moved.site.folder)
    moved.site.clock.pass_by(days=1)
    assert MOVED in moved.typed(moved.words["real"])[2]
    assert MOVED in moved.typed(moved.words["unknown"])[2]


def test_once_the_desk_has_written_words_open_their_boxes_and_nothing_is_said_any_more(moved: Moved) -> None:
    moved.carry_letters()
    assert {who: moved.typed(words)[0] for who, words in moved.words.items()} == {
        "real": 303, "cover": 303, "unknown": 403
    }  # fmt: skip
    page = texts(moved.typed(moved.words["unknown"])[2])
    assert WRONG in page
    assert MOVED not in page
    assert MOVED not in moved.site.get(at("box.come_back")).text


def test_who_runs_the_server_is_told_for_as_long(moved: Moved) -> None:
    [said, *_others] = moved.site.store.health().warnings
    assert said.startswith("The server was restored")
    moved.carry_letters()
    assert not any("restored" in warning for warning in moved.site.store.health().warnings)


def test_a_server_that_was_never_restored_says_nothing_of_it(site: Site) -> None:
    site.report("Hello")
    Exporter(site.store, site.world.server_key).export(site.folder)
    assert MOVED not in site.get(at("box.come_back")).text
    assert MOVED not in site.post(at("box.enter"), [("codename", "two words")]).text
