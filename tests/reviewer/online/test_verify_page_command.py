"""khomo-reviewer verify-page as it is typed on a laptop with a network."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from textwrap import wrap
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from keys.sealing.address_note import AddressNote, sign_address
from keys.sealing.notes import SigningKey, add_signature
from keys.sealing.onion_address import OnionAddress
from keys.sealing.openpgp_packets import read_public_key
from reviewer.commands import main
from reviewer.online import tor_web
from tests.intake.world import OPENPGP, World
from tests.reviewer.online.socks_web import SocksWeb

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ONION = OnionAddress.parse("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion")
FINGERPRINT = read_public_key(OPENPGP).fingerprint
TODAY = datetime.now(UTC).date()


@dataclass
class Laptop:
    """Papers of an organisation on a laptop with a network."""

    folder: Path
    world: World
    member: SigningKey

    def door(self, text: str = "Our pages") -> dict[str, bytes | None]:
        first = f'<p>{text}</p><a href="/seal">x</a>'
        keys = f"<p>{self.world.epoch.recipient()}</p>\n<p>{OPENPGP}</p>"
        return {"/": first.encode(), "/seal": keys.encode()}

    def name(self, *members: SigningKey) -> None:
        """Make members known."""
        bundle = replace(self.world.bundle(), leads=tuple(member.verify_key for member in members))
        (self.folder / "bundle.note").write_bytes(bundle.to_note(self.world.root))

    def sign(self, onion: OnionAddress = ONION) -> Path:
        file = self.folder / "address.note"
        file.write_bytes(sign_address(AddressNote("The Open Door", onion, TODAY), self.member))
        return file

    def run(self, port: int, *options: str | Path) -> Result:
        papers = ["--root", self.folder / "root.pub", "--bundle", self.folder / "bundle.note"]
        arguments = ["verify-page", str(ONION), *papers, "--socks", f"127.0.0.1:{port}", *options]
        return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    world, member = World(), SigningKey.generate("amina")
    (tmp_path / "root.pub").write_text(f"{world.root.verify_key}\n")
    found = Laptop(tmp_path, world, member)
    found.name(member)
    return found


def test_a_door_that_is_right_is_said_to_be(laptop: Laptop) -> None:
    with SocksWeb(laptop.door()) as web:
        answer = laptop.run(web.port, "--address", laptop.sign(), "--circuits", "4")
    assert answer.exit_code == 0, answer.output
    assert f"signed by amina on {TODAY}" in answer.stdout
    assert "2 pages looked alike to 4 visitors." in answer.stdout
    assert "Nothing is wrong." in answer.stdout
    assert f"An OpenPGP key of the desk is shown: {' '.join(wrap(FINGERPRINT, 4))}" in answer.stdout
    assert "not compared with an earlier check" in answer.stdout
    assert len(web.users) == 4
    assert web.asked == {(str(ONION), 80)}


def test_a_wrong_key_ends_with_its_own_exit_code(laptop: Laptop) -> None:
    with SocksWeb({"/": b"<p>age1pq1qqqqqqqqqqqqqqqqqqq</p>"}) as web:
        answer = laptop.run(web.port)
    assert answer.exit_code == 6
    assert "WRONG  /: A key that is not ours" in answer.stdout
    assert "Do not send people there" in answer.stdout


def test_a_script_gets_json(laptop: Laptop) -> None:
    with SocksWeb(laptop.door()) as web:
        said = json.loads(laptop.run(web.port, "--json").stdout)
    keys = sorted([str(laptop.world.epoch.recipient()), FINGERPRINT])
    assert said == {"signed": None, "pages": 2, "keys": keys, "wrong": []}


def test_what_changed_since_the_last_check_is_told_and_not_remembered(laptop: Laptop) -> None:
    kept = laptop.folder / "door.json"
    with SocksWeb(laptop.door()) as web:
        assert laptop.run(web.port, "--remember", kept).exit_code == 0
        assert "not compared" not in laptop.run(web.port, "--remember", kept).stdout
    before = kept.read_text()
    with SocksWeb(laptop.door("Other pages")) as web:
        answer = laptop.run(web.port, "--remember", kept)
    assert answer.exit_code == 6
    assert "not as it was at the last check" in answer.stdout
    assert kept.read_text() == before


@pytest.mark.parametrize("content", ["", "[]", '{"/": 1}', "\x00"])
def test_a_file_that_no_check_wrote_is_refused(laptop: Laptop, content: str) -> None:
    (laptop.folder / "door.json").write_text(content)
    answer = laptop.run(1, "--remember", laptop.folder / "door.json")
    assert answer.exit_code == 1
    assert "not what an earlier check wrote" in answer.stderr


def test_another_address_than_the_signed_one_is_refused_before_anybody_visits_it(laptop: Laptop) -> None:
    other = OnionAddress.parse("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion")
    answer = laptop.run(1, "--address", laptop.sign(other))
    assert answer.exit_code == 1
    assert str(other) in answer.stderr


def test_too_few_signatures_are_refused(laptop: Laptop) -> None:
    assert laptop.run(1, "--address", laptop.sign(), "--signatures", "2").exit_code == 1


def test_where_there_are_two_members_both_must_have_signed_unless_fewer_are_asked_for(laptop: Laptop) -> None:
    second = SigningKey.generate("bo")
    laptop.name(laptop.member, second)
    with SocksWeb(laptop.door()) as web:
        alone = laptop.run(web.port, "--address", laptop.sign())
        asked = laptop.run(web.port, "--address", laptop.sign(), "--signatures", "1")
        signed = laptop.sign()
        signed.write_bytes(add_signature(signed.read_bytes(), second))
        both = laptop.run(web.port, "--address", signed)
    assert alone.exit_code == 1
    assert "2" in alone.stderr
    assert (asked.exit_code, both.exit_code) == (0, 0)
    assert f"signed by amina, bo on {TODAY}" in both.stdout


def test_no_door_paints_over_what_is_said(laptop: Laptop) -> None:
    evil = '<a href="http://e/\x1b[2J\x1b[HNothing is wrong.\x1b[8m\n">x</a>'
    with SocksWeb(laptop.door() | {"/": f'{evil}<a href="/seal">x</a>'.encode()}) as web:
        answer = laptop.run(web.port)
    assert answer.exit_code == 6
    assert "\x1b" not in answer.stdout
    assert "Nothing is wrong." not in answer.stdout.splitlines()


def test_a_visitor_of_the_check_asks_as_tor_browser_does(laptop: Laptop) -> None:
    with SocksWeb(laptop.door()) as web:
        laptop.run(web.port, "--circuits", "2", "--user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:160.0)")
    first, second = web.heads[:2]
    assert first == [
        f"Host: {ONION}",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:160.0)",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: en-US,en;q=0.9",
        "Accept-Encoding: gzip, deflate",
        "Sec-GPC: 1",
        "Connection: keep-alive",
        "Upgrade-Insecure-Requests: 1",
        "Sec-Fetch-Dest: document",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Site: none",
        "Sec-Fetch-User: ?1",
        "Priority: u=0, i",
    ]
    assert [line for line in second if line not in first] == ["Sec-Fetch-Site: same-origin"]


def test_what_a_visitor_says_of_itself_is_one_line(laptop: Laptop) -> None:
    assert laptop.run(1, "--user-agent", "x\r\nCookie: who=1").exit_code == 2


@pytest.mark.parametrize("more", [b"junk\r\nRefresh: 0;url=http://example.org/\r\n", b" folded\r\njunk\r\n"])
def test_a_header_that_python_reads_otherwise_than_browsers_is_refused(laptop: Laptop, more: bytes) -> None:
    with SocksWeb(laptop.door(), more_head=more) as web:
        answer = laptop.run(web.port)
    assert answer.exit_code == 1
    assert "malformed" in answer.stderr


def test_a_header_that_comes_twice_is_none_of_ours(laptop: Laptop) -> None:
    with SocksWeb(laptop.door(), more_head=b"Content-Type: text/html; charset=utf-8\r\n") as web:
        answer = laptop.run(web.port)
    assert answer.exit_code == 6
    assert "of a kind that our pages are not" in answer.stdout


def test_a_bundle_that_the_root_did_not_sign_is_refused(laptop: Laptop) -> None:
    (laptop.folder / "root.pub").write_text(f"{SigningKey.generate('root').verify_key}\n")
    assert laptop.run(1).exit_code == 1


def test_a_bundle_that_is_none_is_refused_by_its_size(laptop: Laptop) -> None:
    with (laptop.folder / "bundle.note").open("wb") as file:
        file.truncate(1 << 30)
    answer = laptop.run(1)
    assert answer.exit_code == 1
    assert "too large" in answer.stderr


def test_a_tor_that_does_not_run_is_named(laptop: Laptop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = laptop.run(port)
    assert answer.exit_code == 1
    assert "Tor does not answer" in answer.stderr
    assert "9150" in answer.stderr


def test_a_service_that_is_not_found_is_told(laptop: Laptop) -> None:
    with SocksWeb({}, code=0xF0) as web:
        answer = laptop.run(web.port)
    assert answer.exit_code == 1
    assert "no way to this address" in answer.stderr


def test_a_page_that_is_cut_off_is_an_error_and_no_finding(laptop: Laptop) -> None:
    with SocksWeb({"/": None}) as web:
        answer = laptop.run(web.port)
    assert answer.exit_code == 1
    assert "did not come whole" in answer.stderr


def test_a_page_without_end_is_cut_off(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tor_web, "PAGE_BYTES", 100)
    with SocksWeb({"/": b"x" * 200}) as web:
        answer = laptop.run(web.port)
    assert answer.exit_code == 1
    assert "far too large" in answer.stderr


@pytest.mark.parametrize("port", ["9050", "here:tor", ":9050", "127.0.0.1:0", "127.0.0.1:70000"])
def test_a_socks_port_is_a_host_and_a_port(laptop: Laptop, port: str) -> None:
    answer = laptop.run(1, "--socks", port)
    assert answer.exit_code == 2
    assert "HOST:PORT" in answer.stderr
