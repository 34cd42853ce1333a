"""A proof of filing that somebody brings to a lead, or to anyone who has the root key."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from caselog.commands import main
from keys.sealing.filing_proof import FilingProof, make_filing_proof
from keys.sealing.public_bundle import Desk, PublicBundle
from tests.keys.sealing.filing_proof_forge import DOCUMENT, PROOF, PROOF_TEXT
from tests.keys.sealing.signers import DESK, NAMESAKE, ROOT, SERVER, SPARE, STRANGER

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

DAY = date(2026, 11, 20)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """The root key, a public bundle with two desks, a proof and its document."""
    (tmp_path / "root.pub").write_text(f"{ROOT.verify_key}\n")
    write_bundle(tmp_path)
    (tmp_path / "notes.txt").write_text(PROOF_TEXT, newline="")
    (tmp_path / "text.txt").write_bytes(DOCUMENT)
    return tmp_path


def write_bundle(folder: Path, **desk: Any) -> None:
    desks = (Desk("main", "Main desk", DESK.verify_key, (), **desk), Desk("spare", "Spare", SPARE.verify_key, ()))
    bundle = PublicBundle(1, DAY, "The Open Door", bytes(16), desks, servers=(SERVER.verify_key,))
    (folder / "public-bundle.note").write_bytes(bundle.to_note(ROOT))


def check(folder: Path, *more: str, proof: str = "notes.txt") -> Result:
    papers = ("--root", str(folder / "root.pub"), "--bundle", str(folder / "public-bundle.note"))
    return CliRunner().invoke(main, ["check-proof", str(folder / proof), *papers, *more])


def test_a_proof_says_which_desk_held_how_much_since_when_and_that_it_does_not_know_who(papers: Path) -> None:
    done = check(papers)
    assert done.exit_code == 0
    assert "Main desk (main) of The Open Door has signed this." in done.output
    assert "In week 2026-W47 it held 2 texts and files. It does not say who sent them." in done.output
    assert "--file DOCUMENT" in done.output


def test_a_document_is_one_of_those_filed_or_it_is_not(papers: Path) -> None:
    done = check(papers, "--document", str(papers / "text.txt"))
    assert (done.exit_code, "text.txt: one of them, byte for byte." in done.output) == (0, True)
    (papers / "other.txt").write_bytes(DOCUMENT + b" ")
    done = check(papers, "--document", str(papers / "text.txt"), "--document", str(papers / "other.txt"))
    assert done.exit_code == 4
    assert "text.txt: one of them" in done.output
    assert "other.txt: NOT one of them." in done.output


def test_scripts_get_the_same(papers: Path) -> None:
    said = json.loads(check(papers, "--json", "--document", str(papers / "text.txt")).output)
    assert (said["desk"], said["week"], said["organisation"]) == ("main", "2026-W47", "The Open Door")
    assert said["digests"] == list(PROOF.digests)
    assert [one["filed"] for one in said["documents"]] == [True]


@pytest.mark.parametrize("signer", [STRANGER, NAMESAKE, SERVER, ROOT])
def test_only_a_desk_counts(papers: Path, signer: Any) -> None:
    (papers / "notes.txt").write_text(make_filing_proof(PROOF, signer), newline="")
    done = check(papers)
    assert done.exit_code == 4
    assert "No accepted key has signed this text." in done.output or "wrong" in done.output


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("W47", "W46"),
        lambda text: text.replace("abab", "abac", 1),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text[:-20],
        lambda text: "x" * 10_000,
        lambda _text: "",
    ],
)
def test_a_proof_that_was_changed_is_refused_with_an_explanation(papers: Path, damage: Any) -> None:
    (papers / "notes.txt").write_text(damage(PROOF_TEXT), newline="")
    done = check(papers)
    assert done.exit_code == 4
    assert done.output.startswith("Error: ")
    assert "Traceback" not in done.output


def test_a_desk_that_was_declared_lost_is_not_believed(papers: Path) -> None:
    write_bundle(papers, lost=True)
    done = check(papers)
    assert done.exit_code == 4
    assert "was declared lost" in done.output


def test_a_desk_that_the_root_does_not_name_is_not_believed(papers: Path) -> None:
    bundle = PublicBundle(1, DAY, "The Open Door", bytes(16), (Desk("own", "Own", STRANGER.verify_key, ()),))
    (papers / "public-bundle.note").write_bytes(bundle.to_note(STRANGER))
    (papers / "notes.txt").write_text(make_filing_proof(PROOF, STRANGER), newline="")
    done = check(papers)
    assert done.exit_code == 1
    assert "No accepted key has signed this text." in done.output


def test_a_name_that_a_terminal_would_obey_is_made_harmless(papers: Path) -> None:
    text = make_filing_proof(FilingProof("Open\u202e Door", "2026-W47", PROOF.digests), DESK)
    (papers / "notes.txt").write_text(text, newline="")
    assert "Open\ufffd Door" in check(papers).output


def test_the_help_has_an_example() -> None:
    done = CliRunner().invoke(main, ["check-proof", "--help"])
    assert "khomo-caselog check-proof notes.txt --root root.pub" in " ".join(done.output.split())
