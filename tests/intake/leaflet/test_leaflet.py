"""The leaflet and the clearnet pages: what a stranger can read from paper, and what a web page gives away."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from intake.commands import main
from intake.config import DangerContact, Door
from intake.leaflet.commands import DEJAVU
from intake.leaflet.drawing import Fonts, LeafletError, draw
from intake.leaflet.leaflet import Leaflet
from keys.sealing.address_note import AddressNote, join_address, sign_address
from keys.sealing.notes import SigningKey
from keys.sealing.onion_address import OnionAddress
from keys.sealing.public_bundle import Contact
from tests.intake.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ONION = OnionAddress.parse("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion")
FONTS = Fonts(DEJAVU / "DejaVuSans.ttf", DEJAVU / "DejaVuSans-Bold.ttf", DEJAVU / "DejaVuSansMono.ttf")
OTHER = OnionAddress.parse("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion")
OURS = "The Open Door"
DAY = date(2026, 11, 20)
SIGNED_ON = date(2020, 1, 1)
"""Members signed in the past of every clock."""
SIGNS_OF_DIRECTION = re.compile("[\u202a-\u202e]")
"""pdftotext writes them around lines that run from right to left."""
LEGAL_AID = DangerContact("Legal aid line", "+999 555 0100")


SIGNED = Contact("Helpline", "0800 1234")


def leaflet(
    language: str = "en",
    contacts: Sequence[DangerContact] = (LEGAL_AID,),
    signed: tuple[Contact, ...] = (),
    *,
    by_members: bool = False,
) -> Leaflet:
    door = Door({language: "We are five groups."}, ("monday", "thursday"), tuple(contacts))
    bundle = dataclasses.replace(World().bundle(), contacts=signed)
    return Leaflet.of(language, bundle, ONION, door, signed=by_members)


def in_file(folder: Path, content: bytes) -> Path:
    file = folder / "leaflet.pdf"
    file.write_bytes(content)
    return file


def said(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_leaflet_is_two_sides_of_a6(tmp_path: Path) -> None:
    facts = said("pdfinfo", in_file(tmp_path, draw(leaflet(), FONTS, DAY)))
    assert re.search(r"^Pages: +2$", facts, re.MULTILINE)
    width, height = map(float, re.findall(r"Page size: +([\d.]+) x ([\d.]+) pts", facts)[0])
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (105, 148)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_phone_reads_the_address_from_the_paper(language: str, tmp_path: Path) -> None:
    file = in_file(tmp_path, draw(leaflet(language), FONTS, DAY))
    said("pdftoppm", "-r", "200", "-png", "-f", "1", "-l", "1", file, tmp_path / "side")
    assert said("zbarimg", "-q", "--raw", tmp_path / "side-1.png").strip() == ONION.url


@pytest.mark.parametrize("language", ["en", "ar"])
def test_people_read_the_address_in_groups_of_four_from_left_to_right(language: str, tmp_path: Path) -> None:
    text = said("pdftotext", "-layout", in_file(tmp_path, draw(leaflet(language), FONTS, DAY)), "-")
    assert " ".join(ONION.groups) in " ".join(SIGNS_OF_DIRECTION.sub("", text).split())


def test_a_leaflet_says_how_to_get_there_and_whom_to_call(tmp_path: Path) -> None:
    text = " ".join(said("pdftotext", in_file(tmp_path, draw(leaflet(), FONTS, DAY)), "-").split())
    for told in ("Tor Browser", "bridge", "No phone from work", "We have no app", "Legal aid line", "+999 555 0100"):
        assert told in text


def test_a_leaflet_names_those_who_answer_in_its_language() -> None:
    here, elsewhere = DangerContact("Here", "1", only_in=("en",)), DangerContact("Elsewhere", "2", only_in=("fr",))
    assert leaflet(contacts=[here, LEGAL_AID, elsewhere]).contacts == [here, LEGAL_AID]


def test_whom_the_public_bundle_names_stands_on_paper_as_on_the_first_page(folder: Path) -> None:
    contacts = leaflet(signed=(SIGNED,)).contacts
    assert [(one.name, one.reach) for one in contacts] == [("Helpline", "0800 1234"), (LEGAL_AID.name, LEGAL_AID.reach)]
    assert run(folder, "leaflet", "--onion", str(ONION)).exit_code == 0
    text = " ".join(said("pdftotext", folder / "out" / "leaflet-en.pdf", "-").split())
    assert "Helpline" in text
    assert "0800 1234" in text


def test_a_leaflet_says_nothing_about_the_hour_or_the_machine(tmp_path: Path) -> None:
    facts = said("pdfinfo", "-isodates", in_file(tmp_path, draw(leaflet(), FONTS, DAY)))
    assert re.search(r"CreationDate: +2026-11-20T00:00:00", facts)
    assert not re.search(r"^(Author|Creator|Keywords|Subject):", facts, re.MULTILINE)


def test_paper_promises_no_more_than_the_door_and_tells_how_to_come_back(tmp_path: Path) -> None:
    text = " ".join(said("pdftotext", in_file(tmp_path, draw(leaflet(), FONTS, DAY)), "-").split())
    assert "What you send is sealed as it comes in. Then only our reviewers can open it." in text
    assert "Copy the eight words there onto paper" in text


@pytest.mark.parametrize("language", ["en", "ar"])
def test_all_texts_and_the_signatures_fit_on_two_sides(language: str, tmp_path: Path) -> None:
    signed = in_file(tmp_path, draw(leaflet(language, by_members=True), FONTS, DAY))
    assert re.search(r"^Pages: +2$", said("pdfinfo", signed), re.MULTILINE)


def test_letters_shrink_before_anything_is_cut(tmp_path: Path) -> None:
    contacts = [DangerContact(f"Helper number {number}", "+999 555 0100") for number in range(6)]
    text = said("pdftotext", in_file(tmp_path, draw(leaflet(contacts=contacts), FONTS, DAY)), "-")
    assert "Helper number 5" in text


def test_too_many_contacts_are_an_error(tmp_path: Path) -> None:
    contacts = [DangerContact(f"Helper number {number}", "+999 555 0100") for number in range(40)]
    with pytest.raises(LeafletError, match="do not fit"):
        draw(leaflet(contacts=contacts), FONTS, DAY)


def test_a_missing_font_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(LeafletError, match="fonts-dejavu-core"):
        draw(leaflet(), Fonts(tmp_path / "none.ttf", FONTS.bold, FONTS.mono), DAY)


def run(folder: Path, command: str, *options: str) -> Result:
    arguments = [command, "--config", str(folder / "config.toml"), *options, str(folder / "out")]
    return CliRunner().invoke(main, arguments)


SIGNED_SENTENCE = "Our members have signed this address."


@pytest.fixture
def members(folder: Path) -> list[SigningKey]:
    """Two leads, whom the public bundle of the server's folder names."""
    leads, world = [SigningKey.generate("lead-anna"), SigningKey.generate("lead-bo")], World()
    bundle = dataclasses.replace(world.bundle(), leads=tuple(lead.verify_key for lead in leads))
    (folder / "public-bundle.note").write_bytes(bundle.to_note(world.root))
    (folder / "root.pub").write_text(f"{world.root.verify_key}\n")
    return leads


def address_note(folder: Path, *members: SigningKey, onion: OnionAddress = ONION, whose: str = OURS) -> Path:
    first, *others = members
    text = sign_address(AddressNote(whose, onion, SIGNED_ON), first)
    for other in others:
        text = join_address(text, whose, [first.verify_key], SIGNED_ON, other)
    file = folder / "address.note"
    file.write_bytes(text)
    return file


def printed(folder: Path) -> tuple[str, str]:
    """Return what the leaflet says, and the page."""
    paper = " ".join(said("pdftotext", folder / "out" / "leaflet-en.pdf", "-").split())
    return paper, " ".join((folder / "out" / "en.html").read_text().split())


def test_without_a_note_nothing_says_that_members_signed(folder: Path) -> None:
    for command in ("leaflet", "clearnet"):
        answer = run(folder, command, "--onion", str(ONION))
        assert answer.exit_code == 0
        assert "nothing will say that your members signed" in answer.output
    assert not [text for text in printed(folder) if SIGNED_SENTENCE in text]


def test_with_a_note_of_two_members_paper_and_page_say_so_and_print_its_address(
    folder: Path, members: list[SigningKey]
) -> None:
    note = address_note(folder, *members)
    for command in ("leaflet", "clearnet"):
        answer = run(folder, command, "--address", str(note))
        assert answer.exit_code == 0, answer.output
        assert "Signed on 2020-01-01 by lead-anna, lead-bo." in answer.output
    for text in printed(folder):
        assert SIGNED_SENTENCE in text
        assert " ".join(ONION.groups) in text


def test_a_page_says_nothing_of_paper_that_others_might_see(folder: Path) -> None:
    for command in ("leaflet", "clearnet"):
        assert run(folder, command, "--onion", str(ONION)).exit_code == 0
    paper, page = printed(folder)
    assert "Do not keep this paper where others look." in paper
    assert "this paper" not in page


@pytest.mark.parametrize("which", ["one signature", "a stranger", "another address", "another organisation"])
def test_a_note_that_does_not_hold_prints_nothing(which: str, folder: Path, members: list[SigningKey]) -> None:
    notes = {
        "one signature": lambda: address_note(folder, members[0]),
        "a stranger": lambda: address_note(folder, members[0], SigningKey.generate("lead-eve")),
        "another address": lambda: address_note(folder, *members, onion=OTHER),
        "another organisation": lambda: address_note(folder, *members, whose="Another door"),
    }
    answer = run(folder, "leaflet", "--address", str(notes[which]()), "--onion", str(ONION))
    assert answer.exit_code == 1
    assert not (folder / "out").exists()


def test_where_the_bundle_knows_one_member_one_signature_is_enough(folder: Path) -> None:
    lead, world = SigningKey.generate("lead-anna"), World()
    bundle = dataclasses.replace(world.bundle(), leads=(lead.verify_key,))
    (folder / "public-bundle.note").write_bytes(bundle.to_note(world.root))
    (folder / "root.pub").write_text(f"{world.root.verify_key}\n")
    assert run(folder, "clearnet", "--address", str(address_note(folder, lead))).exit_code == 0
    assert SIGNED_SENTENCE in (folder / "out" / "en.html").read_text()


def test_the_address_of_the_own_tor_is_used(folder: Path) -> None:
    (folder / "tor" / "service").mkdir(parents=True)
    (folder / "tor" / "service" / "hostname").write_text(f"{ONION}\n")
    assert run(folder, "leaflet").exit_code == 0
    assert ONION.groups[0] in said("pdftotext", folder / "out" / "leaflet-en.pdf", "-")


def test_without_an_address_one_is_asked_for(folder: Path) -> None:
    answer = run(folder, "leaflet")
    assert answer.exit_code == 1
    assert "--onion" in answer.output
    assert not (folder / "out").exists()


def test_a_mistyped_address_is_never_printed(folder: Path) -> None:
    answer = run(folder, "leaflet", "--onion", "a" + str(ONION)[1:])
    assert answer.exit_code == 1
    assert not (folder / "out").exists()


def test_a_language_that_the_door_does_not_speak_is_refused(folder: Path) -> None:
    answer = run(folder, "clearnet", "--onion", str(ONION), "--language", "fr")
    assert answer.exit_code == 2
    assert "door.languages" in answer.output


def test_files_that_are_there_stay_unless_they_may_be_replaced(folder: Path) -> None:
    assert run(folder, "clearnet", "--onion", str(ONION)).exit_code == 0
    (folder / "out" / "en.html").write_text("mine")
    assert run(folder, "clearnet", "--onion", str(ONION)).exit_code == 1
    assert (folder / "out" / "en.html").read_text() == "mine"
    assert run(folder, "clearnet", "--onion", str(ONION), "--overwrite").exit_code == 0
    assert (folder / "out" / "en.html").read_text() != "mine"


class Fetched(HTMLParser):
    """What a browser would fetch or follow."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses |= {value or "" for name, value in attributes if name in {"src", "href", "action"}}


def test_a_clearnet_page_fetches_nothing_and_links_to_nothing_but_its_languages(folder: Path) -> None:
    assert run(folder, "clearnet", "--onion", str(ONION)).exit_code == 0
    assert sorted(file.name for file in (folder / "out").iterdir()) == ["en.html", "index.html"]
    page = (folder / "out" / "index.html").read_text()
    fetched = Fetched(page)
    assert fetched.addresses == {"data:,", "en.html"}
    assert not fetched.tags & {"script", "img", "form", "iframe"}
    assert "url(" not in page


def test_a_clearnet_page_says_that_opening_it_can_be_seen(folder: Path) -> None:
    assert run(folder, "clearnet", "--onion", str(ONION)).exit_code == 0
    page = (folder / "out" / "en.html").read_text()
    assert "your network can see that you opened it" in page
    assert str(ONION) in page
    assert " ".join(ONION.groups) in page
    assert "We are five groups." in page


def test_a_clearnet_page_shows_an_operators_text_as_text(folder: Path) -> None:
    config = (folder / "config.toml").read_text().replace("We are five groups.", "We <b>are</b> five groups.")
    (folder / "config.toml").write_text(config)
    assert run(folder, "clearnet", "--onion", str(ONION)).exit_code == 0
    assert "We &lt;b&gt;are&lt;/b&gt; five groups." in (folder / "out" / "en.html").read_text()
