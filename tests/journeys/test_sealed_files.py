"""Files that a source seals with age and with gpg, as the pages say, on their way over Tor to the desk."""

from __future__ import annotations

import html
import json
import re
import secrets
import subprocess
import tempfile
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal import steps_desk, steps_server
from deploy.rehearsal.canary import Canary
from deploy.rehearsal.forms import ChosenFile
from deploy.rehearsal.source_client import at
from deploy.rehearsal.steps_source import right_page, visit
from tests.stock_age import seal_for

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.rehearsal.source_client import Page, SourceClient
    from deploy.rehearsal.stage import Stage

pytestmark = pytest.mark.tor

MARK = secrets.token_hex(16)
WORDS = f"The permits were signed at night, says {MARK} itself."


def line_for(program: str, page: Page) -> list[str]:
    """Return the last line for a program that a page shows."""
    lines = [html.unescape(line) for line in re.findall(r'<code dir="ltr">(.*?)</code>', page.html)]
    return next(line for line in reversed(lines) if line.startswith(program)).split()


def send_sealed(source: SourceClient, file: Path) -> Page:
    form = right_page(source.get(at("write"))).form("/write")
    form.choose("sealed", ChosenFile(file, file.name))
    return source.submit(form)


@pytest.fixture(scope="module")
def machine(open_door: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source's folder: our keys, fetched over Tor, and a file sealed with each of the two programs."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "myfile").write_text(WORDS)
    source = visit(open_door)
    for page, key in (("seal/age", "key.txt"), ("seal/openpgp", "key.asc")):
        (folder / key).write_text(right_page(source.get(at(f"seal/{key}"))).html)
        shown = right_page(source.get(at(page)))
        assert (folder / key).read_text().strip() in html.unescape(shown.html)
    gpg = line_for("gpg", right_page(source.get(at("seal/openpgp"))))
    with tempfile.TemporaryDirectory(prefix="src-") as home:
        start = ["gpg", "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
        subprocess.run(
            [*start, "--quick-generate-key", "Me", "future-default", "default", "never"], check=True, timeout=60
        )
        subprocess.run([*start, *gpg[1:]], cwd=folder, check=True, timeout=60)
        for_two = ["-r", "Me", "-f", "key.asc", "-o", "for-two.gpg", "-e", "myfile"]
        subprocess.run([*start, *for_two], cwd=folder, check=True, timeout=60)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)
    _age, _r, key, _o, sealed, file = line_for("age", right_page(source.get(at("seal/age"))))
    (folder / sealed).write_bytes(seal_for((folder / key).read_text().split(), (folder / file).read_bytes()))
    return folder


def test_both_arrive_and_are_opened_at_the_desk(open_door: Stage, machine: Path) -> None:
    for name in ("sealed.age", "sealed.gpg"):
        assert "We have it" in right_page(send_sealed(visit(open_door), machine / name)).text
    server = [open_door.machine("server"), open_door.sockets]
    assert Canary((WORDS.encode(), (machine / "sealed.gpg").read_bytes())).in_folders(server) == []
    steps_desk.make_vault(open_door)
    bundle = steps_server.export(open_door)
    desk = open_door.commands
    desk.run("khomo-reviewer", "import", open_door.shown(bundle), *steps_desk.UNLOCK)
    found = json.loads(desk.look_up("khomo-reviewer", "search", MARK, "--json", *steps_desk.UNLOCK))
    cases = {one["case"] for one in found}
    shown = [json.loads(desk.look_up("khomo-reviewer", "show", str(n), "--json", *steps_desk.UNLOCK)) for n in cases]
    names = sorted([file["name"] for file in case["attachments"]] for case in shown)
    assert names == [["sealed"], ["sealed.gpg", "sealed"]]
    assert {message["text"] for case in shown for message in case["messages"]} == {WORDS}
    assert {file["problem"] for case in shown for file in case["attachments"]} == {None}


def test_a_file_that_its_source_could_open_too_is_refused_with_the_reason(open_door: Stage, machine: Path) -> None:
    page = send_sealed(visit(open_door), machine / "for-two.gpg")
    assert page.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Someone else could open the sealed file too" in page.text
