"""``khomo-reviewer preview``: pages in a folder, and words for everything else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from PIL import Image

from reviewer.commands import main
from reviewer.preview import looking, saving, words
from reviewer.preview.pages import Kind, Opening, Page, Range, Trouble, Written
from reviewer.preview.png import png
from reviewer.sandbox import worker
from reviewer.sandbox.errors import CutOffError, SandboxError
from reviewer.terminal import ATTENTION
from tests.reviewer.preview.samples import pdf, sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from reviewer.preview.pages import Seen
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

FILES = {
    "three.pdf": pdf(b"<</S/JavaScript/JS(app.alert\\(1\\))>>", catalog=b"/OpenAction 6 0 R", pages=23),
    "../../photo.png": sample("png"),
    "page-001.png": b"PK\x03\x04",
    "words.txt": b"one\x1b[2J\n",
    "cut.jpg": sample("jpeg", (640, 480))[:3000],
}


@pytest.fixture
def case(org: Organisation, desk: Vault, carry: Carry) -> Vault:
    """A desk with one case, whose attachments are ``FILES``, numbered from 1."""
    org.report("See the files.", files=list(FILES.items()))
    carry()
    return desk


def run(vault: Vault, *arguments: object, code: int = 0) -> Result:
    typed = [str(one) for one in ("preview", *arguments)]
    result = CliRunner(catch_exceptions=False).invoke(main, typed, obj=vault)
    assert result.exit_code == code, result.output
    return result


def number(name: str) -> int:
    return list(FILES).index(name) + 1


def test_it_writes_pages_says_what_comes_next_and_notes_that_somebody_looked(case: Vault, tmp_path: Path) -> None:
    to = tmp_path / "new"
    said = run(case, 1, number("three.pdf"), "--to", to, "--pages", "2-3", code=ATTENTION).output
    assert sorted(path.name for path in to.iterdir()) == [
        *("page-002.png", "page-002.txt", "page-003.png", "page-003.txt")
    ]
    assert "ATTENTION: It has a script in it." in said
    assert "Pages written: 2, of 23.\nMore pages: add --pages 4-5" in said
    assert (to / "page-002.txt").read_text() == "hello"
    with Image.open(to / "page-002.png") as image:
        assert image.size == (209, 209)
    assert {path.stat().st_mode & 0o777 for path in (to, *to.iterdir())} == {0o700, 0o600}
    acts = json.loads(CliRunner().invoke(main, ["history", "1", "--json"], obj=case).stdout)
    assert (acts[-1]["act"], acts[-1]["values"]["pages"]) == ("preview", [None, "2-3"])


def test_scripts_read_it_as_json(case: Vault, tmp_path: Path) -> None:
    told = json.loads(run(case, 1, number("words.txt"), "--to", tmp_path / "w", "--json").stdout)
    assert (told["kind"], told["pages"], told["files"], told["broke_off"]) == ("text", 1, ["page-001.txt"], None)
    assert (tmp_path / "w/page-001.txt").read_text() == "one\N{REPLACEMENT CHARACTER}[2J\n"


def test_a_picture_that_ends_early_is_shown_as_far_as_it_goes(case: Vault, tmp_path: Path) -> None:
    said = run(case, 1, number("cut.jpg"), "--to", tmp_path / "cut", code=ATTENTION).output
    assert "Page 1: more of it is there than is shown." in said
    assert (tmp_path / "cut/page-001.png").exists()


def test_it_never_replaces_a_page_nor_follows_a_link_out_of_the_folder(case: Vault, tmp_path: Path) -> None:
    for taken in ("page-001.png", "page-9.txt", "page-link.png"):
        to = tmp_path / taken
        to.mkdir()
        (to / taken).symlink_to(tmp_path / "outside")
        said = run(case, 1, number("../../photo.png"), "--to", to, code=1).output
        assert f"has pages already: {taken}" in " ".join(said.split())
        assert "Nothing is replaced." in said
        assert not (tmp_path / "outside").exists()
        assert len(list(to.iterdir())) == 1


def test_a_page_that_somebody_writes_meanwhile_stays_theirs(
    case: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def slow(*picture: Any) -> Iterator[bytes]:
        (tmp_path / "to/page-001.png").write_bytes(b"theirs")
        return png(*picture)

    monkeypatch.setattr(saving, "png", slow)
    assert "page-001.png" in run(case, 1, number("../../photo.png"), "--to", tmp_path / "to", code=1).output
    assert (tmp_path / "to/page-001.png").read_bytes() == b"theirs"


def test_what_is_not_shown_is_said_in_words_and_no_folder_is_made(case: Vault, tmp_path: Path) -> None:
    said = run(case, 1, number("page-001.png"), "--to", tmp_path / "to", code=1).output
    assert "The file is an archive (ZIP and the like)" in said
    assert "khomo-reviewer save 3 FOLDER" in said
    assert not (tmp_path / "to").exists()


def test_what_is_not_there_is_said(case: Vault, tmp_path: Path) -> None:
    for *arguments, said in (
        (1, 99, "Case 1 has no attachment 99."),
        (2, 1, "Case 2 has no attachment 1."),
        (1, 2, "--pages", "2", "It has 1 pages; there is no page 2."),
    ):
        assert said in run(case, *arguments, "--to", tmp_path / "to", code=1).output


def test_pages_that_are_none_are_a_wrong_command_line(case: Vault, tmp_path: Path) -> None:
    for pages in ("", "0", "3-2", "1-21", "a", "1-", "-3", "1-2-3", "\N{ARABIC-INDIC DIGIT ONE}", "9999999-9999999"):
        assert "names no pages" in run(case, 1, 1, "--to", tmp_path, f"--pages={pages}", code=2).output


def test_nothing_is_written_into_the_vault(case: Vault) -> None:
    assert "inside the vault" in run(case, 1, 1, "--to", case.folder / "outgoing/x", code=1).output


def test_without_a_sandbox_it_says_why_and_how_to_mend_it(
    case: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_job: object, _source: object) -> object:
        raise SandboxError("The sandbox cannot be built (forbidden).", "Allow it.")

    monkeypatch.setattr(worker, "pieces", forbidden)
    said = run(case, 1, 1, "--to", tmp_path / "to", code=1).output
    assert "cannot be built (forbidden). Allow it." in " ".join(said.split())
    assert not (tmp_path / "to").exists()


def test_what_breaks_off_leaves_the_pages_before_and_says_so(
    case: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = looking.look

    def breaks(*wish: Any) -> Iterator[Seen]:
        given = shipped(*wish)
        for _ in range(3):
            yield next(given)
        given.close()
        raise CutOffError("It took longer than 2 minutes, and was ended.")

    monkeypatch.setattr(saving, "look", breaks)
    said = run(case, 1, number("three.pdf"), "--to", tmp_path / "to", code=ATTENTION).output
    assert "Pages written: 2, of 23.\nATTENTION: It took longer" in said
    assert "More pages" not in said
    assert {path.suffix for path in (tmp_path / "to").iterdir()} == {".png", ".txt"}


def test_a_page_that_is_not_shown_is_named() -> None:
    assert list(words.page(Page(7, trouble=Trouble.DAMAGED))) == [
        "Page 7 is not shown. It is damaged, or was made to do harm: it cannot be read."
    ]
    nothing = list(words.written(Written(Opening(Kind.PDF, 2), broke_off="It took longer."), Range()))
    assert nothing == ["Pages written: 0, of 2.", "ATTENTION: It took longer."]


def test_what_breaks_before_it_opened_leaves_nothing(
    case: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.preview.limits.INPUT_BYTES", 10)
    said = run(case, 1, 1, "--to", tmp_path / "to", code=1).output
    assert "too long to be looked at here" in said
    assert not (tmp_path / "to").exists()
