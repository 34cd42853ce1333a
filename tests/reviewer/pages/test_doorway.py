"""Who does not come in: other users, other sites, other hosts, cookies and forms of before, and root."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from intake.source.headers import content_security_policy as of_the_source_pages
from reviewer.commands import main
from reviewer.pages import headers, server
from reviewer.pages.app import STYLE
from reviewer.pages.media import look_into, mounted
from reviewer.pages.peer import is_of_our_user
from reviewer.pages.server import LoopbackServer
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.pages.conftest import BASE, Browser

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from reviewer.pages.desk import Desk
    from reviewer.pages.doorway import Doorway
    from reviewer.vault.vault import Vault
    from tests.reviewer.pages.conftest import Clock

PAGES = ("/", "/cases/all", "/case/1", "/case/1/history", "/working", "/search/1", "/unlock")


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """A browser that was not let in."""
    return Browser(app, app.test_client())


def test_nobody_without_the_address_sees_anything(browser: Browser, stranger: Browser) -> None:
    browser.unlock()
    for path in (*PAGES, "/nothing"):
        stranger.go(path)
        assert stranger.status == 403
        assert "amina" not in stranger.page, "not even who works here"


def test_the_address_opens_once_and_no_other_does(
    app: Flask, pages_desk: Desk, doorway: Doorway, stranger: Browser
) -> None:
    address = doorway.path
    for wrong in ("/enter/None", "/enter/" + "A" * 43, "/enter/é"):
        stranger.go(wrong)
        assert stranger.status == 403
    first, second = Browser(app, app.test_client()), Browser(app, app.test_client())
    assert "passphrase" in first.go(address) + first.go("/unlock")
    second.go(address)
    assert second.status == 403
    second.go("/unlock")
    assert second.status == 403
    second.go("/enter/None")
    assert second.status == 403, "a used address is none"


def test_the_cookie_is_strict_sealed_and_for_this_start_only(browser: Browser, pages_desk: Desk, desk: Vault) -> None:
    browser.send("/unlock", follow=False, reviewer="amina", passphrase=PASSPHRASE)
    said = browser.headers["Set-Cookie"]
    assert "HttpOnly" in said
    assert "SameSite=Strict" in said
    assert "Expires" not in said
    assert "Max-Age" not in said
    for other in ("", "x", "A" * 200, said.split("=", 1)[1].split(";")[0][:-8] + "AAAAAAA="):
        browser.client.set_cookie("desk", other, domain="127.0.0.1")
        browser.go("/")
        assert browser.status == 403


def test_another_host_name_is_refused(browser: Browser) -> None:
    """DNS rebinding: a stranger's name that leads to this machine, asked for by the browser that was let in."""
    browser.unlock()
    for host in (
        "evil.example",
        "evil.example:40404",
        "127.0.0.1",
        "localhost:40404",
        "127.0.0.1:40405",
        "[::1]:40404",
    ):
        browser.go("/cases/all", Host=host)
        assert browser.status == 421
        assert "Inbox" not in browser.page


def test_a_form_of_another_site_is_refused(browser: Browser, pages_desk: Desk) -> None:
    """Also with a token that is right: another port of this machine is same-site for cookies."""
    browser.unlock()
    page = browser.page
    for name, value in (
        ("Origin", "http://evil.example"),
        ("Origin", "http://127.0.0.1:9999"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ):
        browser.page = page
        browser.send("/lock", headers={name: value})
        assert browser.status == 403
        assert pages_desk.is_open


def test_a_form_without_our_token_does_nothing(browser: Browser, pages_desk: Desk) -> None:
    browser.unlock()
    token = re.findall(r'action="/import".*?value="([0-9a-f]{64})"', browser.page, re.DOTALL)[0]
    for wrong in (None, "", "0" * 64, "é", token):
        browser.post("/lock", {"yes": "1"} if wrong is None else {"form_token": wrong})
        assert browser.status == 403, "and the token of another form is none"
        assert pages_desk.is_open


def test_a_form_of_another_kind_is_not_even_read(browser: Browser) -> None:
    """Uploads would be parsed onto the disk."""
    browser.unlock()
    for kind in ("multipart/form-data; boundary=x", "text/plain", "application/json", ""):
        browser._shown(browser.client.post("/lock", data=b"x", content_type=kind, base_url=BASE))
        assert browser.status == 415
    browser.post("/import", {"typed_path": "x" * (600 * 1024)})
    assert browser.status == 413
    browser._shown(browser.client.put("/lock", base_url=BASE))
    assert browser.status == 405


def test_after_a_lock_a_cookie_and_a_form_of_before_open_nothing(
    app: Flask, browser: Browser, pages_desk: Desk
) -> None:
    browser.unlock()
    stolen = browser.client.get_cookie("desk", domain="127.0.0.1")
    assert stolen
    page_before = browser.page
    browser.send("/lock")
    assert "The desk is locked" in browser.text
    assert pages_desk.remembered("1") is None
    browser.unlock()
    thief = Browser(app, app.test_client(), page=page_before)
    thief.client.set_cookie("desk", stolen.value, domain="127.0.0.1")
    for path in PAGES[:-1]:
        thief.go(path)
        assert (thief.status, thief.headers["Location"]) == (303, "/unlock")
    thief.page = page_before
    thief.send("/outbox", typed_folder="/tmp")
    assert "The desk is locked" in thief.text
    for reviewer, wrong in (("amina", "no passphrase of hers"), ("../amina", PASSPHRASE), ("", ""), ("amina", "")):
        thief.go("/unlock")
        thief.unlock(wrong, reviewer)
        assert thief.status == 409, "also while the vault is open for another"
        thief.go("/")
        assert thief.status == 303
    assert pages_desk.is_open
    assert browser.go("/cases/all").count("Inbox"), "who has the passphrase goes on"
    browser.page = page_before
    browser.send("/import", typed_path="/nowhere")
    assert browser.status == 403, "a form of before, sent with the cookie of now"


def test_a_wrong_passphrase_opens_nothing(browser: Browser, pages_desk: Desk) -> None:
    browser.unlock("a passphrase that is wrong")
    assert browser.status == 409
    assert "The passphrase does not open this vault." in browser.text
    browser.unlock(reviewer="../amina")
    assert "No reviewer" in browser.text
    assert not pages_desk.is_open
    assert "argon2id, 3 passes over 256 MiB" in browser.text


def test_the_vault_locks_when_nobody_looks(browser: Browser, pages_desk: Desk, clock: Clock) -> None:
    browser.unlock()
    clock.now += 9 * 60
    browser.go("/cases/all")
    clock.now += 9 * 60
    assert not pages_desk.lock_if_idle(), "somebody looked in between"
    clock.now += 60
    assert pages_desk.lock_if_idle()
    browser.go("/cases/all")
    assert (browser.status, browser.headers["Location"]) == (303, "/unlock")


def test_a_page_that_comes_too_late_locks_and_does_not_wake(browser: Browser, pages_desk: Desk, clock: Clock) -> None:
    browser.unlock()
    clock.now += 10 * 60
    browser.go("/")
    assert browser.status == 303
    assert not pages_desk.is_open


def test_while_it_is_locked_commands_have_the_vault(browser: Browser, pages_desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(PASSPHRASE)
    status = ["status", "--vault", str(pages_desk.folder), "--passphrase-file", str(tmp_path / "p")]
    browser.unlock()
    assert "Another command is at work" in CliRunner().invoke(main, status).output
    browser.send("/lock")
    assert CliRunner().invoke(main, status).exit_code in {0, 6}


def test_every_answer_has_the_headers(browser: Browser) -> None:
    style = STYLE.read_text().replace("\n", "")
    browser.unlock()
    for path in ("/cases/all", "/nothing"):
        browser.go(path)
        assert browser.headers["Cache-Control"] == "no-store"
        assert browser.headers["Referrer-Policy"] == "same-origin"
        assert browser.headers["Content-Security-Policy"] == headers.content_security_policy(style)
        assert f"<style>{style}</style>" in browser.page, "the sheet that the hash is of"
    assert headers.content_security_policy("a") == of_the_source_pages(["a"]), "as strict as the pages of a source"
    assert "<script" not in browser.page


def _table(uid: int, *ends: str) -> str:
    return "  sl  local_address rem_address ...\n" + "\n".join(
        f"   0: {end} 01 00000000:00000000 00:00000000 00000000  {uid:4}        0 1234 1" for end in ends
    )


def test_whose_a_connection_is_the_kernel_says() -> None:
    peer, ours = ("127.0.0.1", 0xABCD), ("127.0.0.1", 0x1234)
    end = "0100007F:ABCD 0100007F:1234"
    assert is_of_our_user(peer, ours, _table(os.geteuid(), end))
    assert not is_of_our_user(peer, ours, _table(os.geteuid() + 1, end)), "another user of this machine"
    assert not is_of_our_user(peer, ours, _table(os.geteuid(), "0100007F:1234 0100007F:ABCD")), "our own end only"
    assert not is_of_our_user(peer, ours, _table(os.geteuid())), "a socket that nobody has"


def test_the_socket_is_on_loopback_and_for_this_user(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackServer() as listening:
        assert listening.server_address[0] == "127.0.0.1"
        address = (server.LOOPBACK, listening.server_port)
        listening.set_app(app)
        thread = Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        try:
            silent = socket.create_connection(address)
            client = HTTPConnection(*address, timeout=30)
            client.request("GET", "/")
            answer = client.getresponse()
            assert answer.status == 421, "the app is for another port"
            assert answer.getheader("Server") is None
            answer.read()
            monkeypatch.setattr(server, "is_of_our_user", lambda *_ends: False)
            with socket.create_connection(address, timeout=30) as other:
                assert other.recv(1) == b"", "hung up before a byte was read"
            silent.close()
        finally:
            listening.shutdown()
            thread.join()


AS_A_USER = "import os; os.geteuid = lambda: 1000; from reviewer.program import main; main()"


def test_serve_prints_the_address_and_ends_with_ctrl_c(desk: Vault) -> None:
    desk.held.close()
    command = [sys.executable, "-c", AS_A_USER, "serve", "--vault", str(desk.folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[0]
    finally:
        process.kill()
        process.wait()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/enter/[\w-]{43}\n", lines[1]), lines
    assert rest == "Ended. The vault is locked.\n"
    assert process.returncode == 0


def test_it_is_not_served_as_root(desk: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    done = CliRunner().invoke(main, ["serve", "--vault", str(desk.folder)])
    assert done.exit_code == 1
    assert "not served as root" in done.output


def test_it_is_not_served_from_a_shell_that_has_the_vault(desk: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    done = CliRunner().invoke(main, ["serve", "--vault", str(desk.folder)], obj=desk)
    assert "The vault is open in this shell." in done.output


MOUNTS = r"""22 28 0:20 / /proc rw - proc proc rw
96 28 8:17 / /media/amina/MY\040STICK rw,nosuid - vfat /dev/sdb1 rw
97 28 8:18 / /run/media/amina/a\134b rw - ext4 /dev/sdb2 rw
98 28 8:19 / /home rw - ext4 /dev/sda3 rw
99 28 8:20 / /media rw - tmpfs tmpfs rw
"""


def test_sticks_are_what_the_kernel_says_is_mounted() -> None:
    assert list(map(str, mounted(MOUNTS))) == ["/media/amina/MY STICK", "/run/media/amina/a\\b"]
    assert isinstance(mounted(), list)


def test_only_plain_bundles_of_a_stick_are_offered(stick: Path) -> None:
    (stick / "a.bundle").touch()
    (stick / "link.bundle").symlink_to(stick / "a.bundle")
    (stick / "folder.bundle").mkdir()
    (stick / "autorun.inf").touch()
    for number in range(60):
        (stick / f"b{number:02}.bundle").touch()
    found = look_into(stick)
    assert [path.name for path in found.bundles[:2]] == ["a.bundle", "b00.bundle"]
    assert (len(found.bundles), found.more) == (50, 11)
    assert look_into(stick / "gone").bundles == ()
