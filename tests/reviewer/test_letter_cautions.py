"""What in a letter may endanger somebody is found, however it is spelled, and stops the letter."""

# ruff: noqa: RUF001 - letters and digits of other scripts are what this file is about

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from keys.sealing.codename_lists import SHIPPED, WordLists
from keys.sealing.source_name import SourceName
from reviewer.caution_words import WHY
from reviewer.caution_words import cautions as told
from reviewer.cautions import Caution, Danger, cautions
from reviewer.vault.rows import CaseRow, LabelRow
from reviewer.vault.triage_rows import PersonRow
from tests.reviewer.organisation import Source, answered

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

pytestmark = pytest.mark.filterwarnings("error")


def _found(desk: Vault, text: str, case: int = 1) -> set[tuple[str, str]]:
    with desk.look() as rows:
        return {(one.danger.value, one.found) for one in cautions(rows, rows.get_one(CaseRow, case), text)}


@pytest.fixture
def desk_with_cases(org: Organisation, desk: Vault, carry: Carry) -> Vault:
    """Case 1 has a name and files; case 2 is another source's, with another name and labels."""
    for text, name, files in (
        ("about the drilling", "Élodie Phiri, Signal 0999 123 456", ["مذكرة سرية.pdf", "photo.jpg"]),
        ("something else", "أحمد منصور, call me", []),
    ):
        named = [(one, b"content of " + one.encode()) for one in files]
        said = answered(reach="at Tiyamike market", where="Likoma", danger="no") if files else {}
        org.report(text, files=named, mailbox=Source().slip, name=SourceName(text=name), answers=said)
        carry()
    with desk.change() as change:
        both = ("well", 1), ("well", 2), ("drilling", 2), ("child", 2), ("Mine No 7", 2)
        change.rows.add_all(LabelRow(label=label, case_id=case) for label, case in both)
        people = (
            ("Kamuzu Transport Ltd", 1),
            ("Grace Mwale", 2),
            ("the drilling", 2),
            ("Both Sons", 1),
            ("both sons", 2),
        )
        change.rows.add_all(PersonRow(case_id=case, role="other", name=name, folded=name) for name, case in people)
    return desk


def test_names_of_the_source_of_its_files_and_of_others_are_found_however_they_are_spelled(
    desk_with_cases: Vault,
) -> None:
    for text, found in {
        "Dear ELODIE, thanks": {("source-name", "ELODIE")},
        "Mr P\u200bhiri\u2019s letter": {("source-name", "P\u200bhiri")},
        "Signal": {("source-name", "Signal")},
        "to TIYAMIKÉ": {("source-name", "TIYAMIKÉ")},
        "Likoma": set(),
        "Melodies and Phirilongwe": set(),
        "we saw the مذكره سريه": {("file-name", "مذكره سريه")},
        "open photo.JPG": {("file-name", "photo.JPG")},
        "take a photo": set(),
        "قلنا ذلك لاحمد": {("other-name", "لاحمد")},
        "وبالمنصور": {("other-name", "وبالمنصور")},
        "احـــمـد": {("other-name", "احـــمـد")},
        "call me": set(),
        "the well, the drilling, the child": set(),
        "the mine no. 7": {("other-label", "mine no. 7")},
        "of KAMUZU transport, ltd.": {("person", "KAMUZU transport, ltd")},
        "by Kamuzu": set(),
        "and grace MWALE": {("other-name", "grace MWALE")},
        "both sons": {("person", "both sons")},
    }.items():
        assert _found(desk_with_cases, text) == found, text
    assert _found(desk_with_cases, "Elodie and Ahmad منصور", case=2) == {
        ("other-name", "Elodie"),
        ("source-name", "منصور"),
    }


def test_numbers_of_other_cases_are_found_and_those_of_none_are_not(desk_with_cases: Vault) -> None:
    with desk_with_cases.look() as rows:
        own, other = (rows.get_one(CaseRow, number).public_id.hex() for number in (1, 2))
    for text, found in {
        "as in case 2": {("other-case", "case 2")},
        "القضية رقم ٢": {("other-case", "القضية رقم ٢")},
        "case 1, and in any case 3 people": set(),
        f"{own} and {other}": {("other-case", other)},
        secrets.token_hex(16): set(),
        f"case {10**30}": set(),
    }.items():
        assert _found(desk_with_cases, text) == found, text


SHAPES = {
    "time": (
        *("at 14:30", "2 pm", "2.30 p.m.", "à 14h30", "a las 3", "3 o\u2019clock", "الساعة ٣", "saa 9", "в 3 часа"),
        *("２１：０５", "on 2026-11-20T14:30"),
    ),
    "day": ("2026-11-20", "20/11/26", "on 12 May", "May 12", "le 1er mai", "٢٠ نوفمبر", "3 de marzo", "5 мая"),
    "phone": ("+265 999 123 456", "0999123456", "(0999) 123-456", "٠٩٩٩١٢٣٤٥٦"),
    "address": ("a.b@c.org", "a (at) c.org", "write to @amina_b", "ａ＠ｂ．ｏｒｇ"),
    "link": ("http://x.onion/a", "HTTPS://EXAMPLE.COM", "abcd.onion", "www.x.y", "bit.ly/a", "t\u00ad.me/x"),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_what_shows_by_its_shape_is_found(vault: Vault, kind: str) -> None:
    case = CaseRow(id=1)
    with vault.look() as rows:
        for text in SHAPES[kind]:
            assert kind in {one.danger for one in cautions(rows, case, f"Yes, {text}.")}, text


@pytest.mark.parametrize(
    "text",
    [
        "May 2026, in 3 weeks, 24 hours, 7 of 10",
        "1 000 000 or 25.000.000 or 1500000000 or 12,50",
        "see image.jpg, e.g. this; full.Stop without a space",
        "ratio 1:2, page 4, verse 3.50, 200 people",
        "",
    ],
)
def test_what_only_looks_a_little_like_it_is_not(vault: Vault, text: str) -> None:
    with vault.look() as rows:
        assert cautions(rows, CaseRow(id=1), text) == ()


@pytest.mark.parametrize("language", SHIPPED)
def test_eight_words_are_found_with_two_missing_and_however_they_are_written(vault: Vault, language: str) -> None:
    words = WordLists.load().draw(language).expose().split()
    with vault.look() as rows:
        for text in (" ".join(words), "\n".join(f"{i}. {word.upper()}" for i, word in enumerate(words, 1))):
            assert Danger.EIGHT_WORDS in {one.danger for one in cautions(rows, CaseRow(id=1), f"Hi: {text}!")}
        fewer = " ".join([*words[:3], "xq", *words[5:]])
        assert Danger.EIGHT_WORDS not in {one.danger for one in cautions(rows, CaseRow(id=1), fewer)}
        assert Danger.EIGHT_WORDS in {one.danger for one in cautions(rows, CaseRow(id=1), " ".join(words[2:]))}


def test_each_kind_says_why_and_what_to_do_and_what_was_found_cannot_look_like_ours() -> None:
    assert len(set(WHY.values())) == len(WHY) == len(Danger)
    found = Caution(Danger.LINK, "a.com\nATTENTION: nothing\x1b[2J\u202e")
    lines = list(told([found]))
    assert len(lines) == 2
    assert not set("\n\x1b\u202e") & set("".join(lines))


def test_a_letter_of_full_length_against_many_names_takes_no_pause(vault: Vault) -> None:
    """Hostile or odd texts do not let a pattern run away."""
    odd = "1" * 8000 + " " + "a." * 4000 + "@" * 50 + " " + "12:" * 500
    with vault.look() as rows:
        cautions(rows, CaseRow(id=1), odd)
