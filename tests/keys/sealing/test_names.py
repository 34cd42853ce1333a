from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.names import cut, fold, is_safe_name, safe_name

ANY_TEXT = st.text(st.characters(), max_size=300)


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("report.pdf", "report.pdf"),
        ("\u062a\u0642\u0631\u064a\u0631.pdf", "\u062a\u0642\u0631\u064a\u0631.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ann\\scan.pdf", "scan.pdf"),
        ("a/", "file"),
        ("", "file"),
        ("...", "file"),
        (".bashrc", "bashrc"),
        ("--help", "help"),
        (" - .x", "x"),
        ("name. . ", "name"),
        ("a\0b\x1b[31m\x7f.txt", "ab[31m.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("line\u2028break\u00a0x", "line break x"),
        ('a<b>c:d"e|f?g*h', "a_b_c_d_e_f_g_h"),
        ("nul", "_nul"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("con .txt", "_con .txt"),
        ("com\u00b2.log", "_com\u00b2.log"),
        ("CONOUT$", "_CONOUT$"),
        ("console.log", "console.log"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("private\ue000use", "privateuse"),
    ],
)
def test_names_become_harmless(original: str, expected: str) -> None:
    assert safe_name(original) == expected


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("a" * 300 + ".pdf", "a" * 251 + ".pdf"),
        ("\u0635" * 200 + ".pdf", "\u0635" * 125 + ".pdf"),
        ("\U0001f4f7" * 100, "\U0001f4f7" * 63),
        ("a." + "b" * 300, "a." + "b" * 253),
        ("a" * 254 + " b", "a" * 254),
    ],
)
def test_long_names_are_cut_between_characters_and_keep_their_extension(original: str, expected: str) -> None:
    assert safe_name(original) == expected


@pytest.mark.parametrize(
    ("original", "taken", "expected"),
    [
        ("a.txt", ["a.txt"], "a-2.txt"),
        ("a.txt", ["A.TXT", "a-2.txt"], "a-3.txt"),
        ("a", ["a"], "a-2"),
        ("stra\u00dfe", ["STRASSE"], "stra\u00dfe-2"),
        ("\u212b", ["\u00e5"], "\u00c5-2"),
        ("a" * 255, ["a" * 255], "a" * 253 + "-2"),
        ("file.txt", ["folder", "other.txt"], "file.txt"),
    ],
)
def test_names_are_unique_among_their_siblings(original: str, taken: list[str], expected: str) -> None:
    assert safe_name(original, taken) == expected


@given(ANY_TEXT)
def test_every_name_becomes_one_harmless_segment(original: str) -> None:
    name = safe_name(original)
    assert is_safe_name(name)
    assert 0 < len(name.encode()) <= 255
    assert not set(name) & set('/\\<>:"|?*\0')
    assert not any(unicodedata.category(character).startswith("C") for character in name)
    assert name[0] not in ".- "
    assert name[-1] not in ". "
    assert unicodedata.is_normalized("NFC", name)


@given(st.lists(ANY_TEXT, max_size=12))
def test_no_two_names_of_a_folder_meet(originals: list[str]) -> None:
    names: list[str] = []
    for original in originals:
        names.append(safe_name(original, names))
    assert len({fold(name) for name in names}) == len(names)
    assert all(is_safe_name(name) for name in names)


@given(ANY_TEXT)
def test_this_file_system_takes_every_name(original: str) -> None:
    assert os.fsencode(safe_name(original)) == safe_name(original).encode()
    assert Path(safe_name(original)).name == safe_name(original)


@given(st.text(st.characters(), max_size=40), st.integers(0, 60))
def test_cut_never_splits_a_character(text: str, limit: int) -> None:
    start = cut(text, limit)
    assert len(start.encode()) <= limit
    assert text.encode(errors="replace").decode().startswith(start)
