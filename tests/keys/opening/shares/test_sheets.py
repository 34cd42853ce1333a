from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from keys.opening.shares.sheets import PAGE_LINES, WIDTH, Sheet, blank_sheet, roll
from keys.opening.shares.slip39 import Scheme, Share
from keys.opening.shares.splitting import split_key
from keys.opening.shares.typed_words import TypedWords
from tests.keys.opening.shares.shares_forge import (
    ARCHIVE_FILE,
    ARCHIVE_RECORD,
    ARCHIVE_SHARES,
    NAMES,
    RECORD,
    ROOT_FILE,
    SHARES,
)
from tests.keys.sealing.signers import ROOT
from tests.readability import grade

SHEETS = [Sheet(RECORD, SHARES[0]), Sheet(ARCHIVE_RECORD, ARCHIVE_SHARES[2])]
TEXTS = [*(sheet.text() for sheet in SHEETS), blank_sheet(), blank_sheet("The Open Door")]


@pytest.mark.parametrize("text", TEXTS, ids=["root", "archive", "blank", "blank with a name"])
def test_a_sheet_is_one_page_of_any_printer(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) <= PAGE_LINES
    assert max(map(len, lines)) <= WIDTH
    assert all(character.isprintable() for line in lines for character in line)


@pytest.mark.parametrize("sheet", SHEETS, ids=["root", "archive"])
def test_the_words_stand_in_numbered_columns_and_are_read_back_from_them(sheet: Sheet) -> None:
    table = sheet.text().split("THE WORDS\n")[1].split("\n\n")[0]
    numbered = dict(re.findall(r"(\d+) +([a-z]+)", table))
    assert list(numbered) == [str(place) for row in range(1, 12) for place in (row, row + 11, row + 22)]
    in_order = [numbered[str(place)] for place in range(1, 34)]
    read, wrong = TypedWords().and_line(" ".join(in_order))
    assert wrong is None
    assert read.share() == sheet.share


def test_a_sheet_says_what_it_is_what_to_do_and_how_the_key_comes_back() -> None:
    text = " ".join(SHEETS[0].text().split())
    for part in (
        "The Open Door: the root key",
        "Sheet “word a”, made on 2026-11-20",
        "Any 2 such sheets bring it back.",
        "Call back over a way that you know",
        "Never read the words out",
        "khomo-keys shares recover --help",
        "SLIP-39",
        f"Name of the key: {ROOT.name}",
        ROOT.verify_key.fingerprint_words(),
    ):
        assert part in text


def test_a_sheet_names_no_other_sheet_and_not_how_many_there_are() -> None:
    one, other = (
        Sheet(split.split.record, split.sheets[0].share)
        for split in (split_key(ROOT_FILE, "X", Scheme(3, sheets), RECORD.day, ROOT) for sheets in (3, 16))
    )
    words = re.compile(r"“[a-z]+ [a-z]+”|\b(" + "|".join({*one.share.expose(), *other.share.expose()}) + r")\b *")
    assert words.sub("", one.text()).split() == words.sub("", other.text()).split()
    text = SHEETS[0].text()
    assert [name for name in NAMES[1:] if name.removeprefix("share/").replace("-", " ") in text] == []


@pytest.mark.parametrize("text", TEXTS[:3], ids=["root", "archive", "blank"])
def test_a_sheet_reads_easily(text: str) -> None:
    prose = " ".join(text.replace("THE WORDS", "").split())
    assert grade(re.sub(r"(- )", ". ", prose)) <= 8


def test_a_name_that_a_printer_would_obey_is_harmless() -> None:
    hostile = Sheet(replace(RECORD, organisation="The Open\x1b[2J\nDoor \u202e"), SHARES[0])
    assert not {"\x1b", "\u202e"} & set(hostile.text())
    assert hostile.text().splitlines()[0].startswith("The Open")


def test_the_page_of_holders_names_every_sheet_and_holds_no_word_of_any() -> None:
    new = split_key(ARCHIVE_FILE, "The Open Door", Scheme(3, 5), date(2026, 11, 20), ROOT)
    text = roll(new.split.record, list(new.sheets))
    assert all(sheet.label in text for sheet in new.sheets)
    assert "Any 3 of these 5 sheets" in text
    assert max(map(len, text.splitlines())) <= WIDTH
    assert len(text.splitlines()) <= PAGE_LINES
    assert not [share for share in new.sheets if " ".join(share.share.expose()[2:4]) in text]
    assert sorted(new.pages) == sorted([*(sheet.file_name for sheet in new.sheets), "archive-roll.txt"])
    assert [
        line.strip().rpartition("  ")[0].strip() for line in text.splitlines() if line.endswith("_" * 40)
    ] == sorted(sheet.label for sheet in new.sheets)


def test_an_empty_sheet_has_room_for_every_word() -> None:
    assert [int(number) for number in re.findall(r"(\d+)  _{14}", blank_sheet())] == [
        place for row in range(1, 12) for place in (row, row + 11, row + 22)
    ]


def test_the_page_of_sixteen_holders_is_one_page() -> None:
    new = split_key(ROOT_FILE, "The Open Door", Scheme(9, 16), RECORD.day, ROOT)
    assert len(roll(new.split.record, list(new.sheets)).splitlines()) <= PAGE_LINES


def test_sheets_print_nothing_of_the_share() -> None:
    assert not set(repr(SHEETS[0]).replace("'", " ").split()) & set(SHARES[0].expose()[4:])
    assert isinstance(SHEETS[0].share, Share)
