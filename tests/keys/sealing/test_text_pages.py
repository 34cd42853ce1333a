"""The pages on signed texts, codename, letter, public bundle and bundle say what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from keys.sealing import chain, codename, limits
from keys.sealing.canonical import LARGEST_INTEGER, from_canonical
from keys.sealing.chain_position import Direction
from keys.sealing.filing_proof import FILING_PROOF_BYTES
from keys.sealing.followup import Act, Asked, Rating
from keys.sealing.letter import CaseState, EntryKind, Outcome
from keys.sealing.notes import signed_text
from tests.keys.sealing import bundle_forge, codename_forge, filing_proof_forge, letter_forge, public_bundle_forge
from tests.keys.sealing.signers import DESK
from tests.keys.sealing.vectors import VECTORS

FOLDER = Path(__file__).parents[3] / "docs" / "formats"
PAGES = {
    page: (FOLDER / f"{page}.md").read_text()
    for page in ("signed-texts", "codename", "letter", "public-bundle", "bundle", "filing-proof", "followup")
}


def members(value: object) -> set[str]:
    """Collect the names of all members, at any depth."""
    if isinstance(value, dict):
        return set(value) | {name for member in value.values() for name in members(member)}
    if isinstance(value, list):
        return {name for member in value for name in members(member)}
    return set()


def body(note: bytes) -> object:
    return from_canonical(signed_text(note).split(b"\n")[1])


FULL_MANIFEST = bundle_forge.BODY | {
    "health": bundle_forge.HEALTH,
    "acknowledges": {"chain": "", "number": 1},
    "resumes": {"chain": "", "number": 1, "head": ""},
}


@pytest.mark.parametrize(
    ("page", "document"),
    [
        ("letter", letter_forge.BODY),
        ("letter", letter_forge.FILLER),
        ("letter", {"entries": [letter_forge.QUESTION, letter_forge.CONSENT, letter_forge.FORWARDED]}),
        ("filing-proof", filing_proof_forge.BODY),
        ("public-bundle", body(public_bundle_forge.NOTE)),
        ("bundle", FULL_MANIFEST),
    ],
)
def test_every_member_stands_on_its_page(page: str, document: object) -> None:
    assert {name for name in members(document) if f"`{name}`" not in PAGES[page]} == set()


@pytest.mark.parametrize("value", [*EntryKind, *CaseState, *Outcome])
def test_every_kind_state_and_outcome_stands_on_the_page(value: str) -> None:
    assert f"`{value}`" in PAGES["letter"]


@pytest.mark.parametrize("value", [*Act, *Rating, *(f"khomo_opinion_{asked}" for asked in Asked)])
def test_every_act_and_rating_stands_on_the_page(value: str) -> None:
    assert f"`{value}`" in PAGES["followup"]


@pytest.mark.parametrize("value", Direction)
def test_every_direction_stands_on_the_page(value: str) -> None:
    assert f"`{value}`" in PAGES["bundle"]


def test_every_chain_error_stands_on_the_page() -> None:
    for error in (chain.Replay, chain.Gap, chain.Fork, chain.UnknownChain, chain.RestoredChain):
        assert f"`{error.__name__}`" in PAGES["bundle"]


@pytest.mark.parametrize(
    ("page", "number"),
    [
        ("signed-texts", limits.NOTE_BYTES),
        ("signed-texts", limits.NOTE_SIGNATURES),
        ("codename", limits.CODENAME_FIELD_BYTES),
        ("codename", len(codename.WordList.load().words)),
        ("letter", limits.LETTER_BYTES),
        ("filing-proof", FILING_PROOF_BYTES),
        ("letter", limits.LETTER_TEXT_BYTES),
        ("public-bundle", limits.PUBLIC_BUNDLE_BYTES),
        ("public-bundle", limits.OPENABLE_DAYS),
    ],
)
def test_every_limit_stands_on_its_page(page: str, number: int) -> None:
    assert f"{number:,}" in PAGES[page]


def test_the_range_of_integers_stands_on_the_page() -> None:
    assert f"{-LARGEST_INTEGER} to {LARGEST_INTEGER}" in PAGES["signed-texts"]


def test_the_labels_of_the_keys_stand_on_the_page() -> None:
    for label in (codename._ADDRESS_LABEL, codename._LETTER_LABEL):
        assert f"`{label.decode()}`" in PAGES["codename"]


def test_examples_are_those_of_the_vectors() -> None:
    assert codename_forge.WORDS in PAGES["codename"]
    assert DESK.verify_key.fingerprint_words() in PAGES["signed-texts"]
    example = re.search(r"```json\n(.*?)\n```", PAGES["letter"], re.DOTALL)
    assert example
    assert json.loads(example[1]) == letter_forge.BODY


def test_the_header_of_the_page_is_the_one_in_the_file() -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([a-z ,]+) \| (.*) \|$", PAGES["bundle"], re.MULTILINE)
    assert sum(int(size) for _, size, _, _ in rows) == 512
    assert [int(start) for start, *_ in rows] == [
        sum(int(size) for _, size, _, _ in rows[:i]) for i in range(len(rows))
    ]
    header = bundle_forge.GOOD[:512]
    fixed = {
        "mode": b"0000600\0",
        "owner": b"0000000\0",
        "time": b"00000000000\0",
        "type": b"0",
        "magic": b"ustar\x0000",
    }
    for start, size, field, _ in rows:
        found = header[int(start) : int(start) + int(size)]
        assert found == fixed.get(field, found), field
        assert bytes(int(size)) == found or field not in {"link", "names of owner and group", "prefix, rest"}, field


@pytest.mark.parametrize("page", PAGES)
def test_every_folder_of_vectors_stands_on_its_page(page: str) -> None:
    for subject in re.findall(r"tests/vectors/([a-z-]+)/", PAGES[page]):
        if subject.endswith("-reference"):
            continue
        for folder in (VECTORS / subject).iterdir():
            assert f"`{folder.name}`" in PAGES[page], folder
