from __future__ import annotations

import pytest

from keys.opening.errors import OpeningError
from keys.opening.passphrases import (
    Passphrases,
    check_passphrase,
    draw_passphrase,
    one_passphrase,
    readings,
)
from keys.sealing.codename import WordList

LONG = "four words long enough"


def test_drawn_passphrases_are_eight_words_of_the_list_and_always_others() -> None:
    drawn = {draw_passphrase() for _ in range(20)}
    assert len(drawn) == 20
    words = set(WordList.load().words)
    assert all(len(text.split()) == 8 and set(text.split()) <= words for text in drawn)


def test_drawn_words_are_understood_as_people_type_them() -> None:
    drawn = draw_passphrase()
    assert readings(drawn) == (drawn,)
    assert drawn in readings(drawn.upper().replace(" ", "-"))
    assert readings("not of the list") == ("not of the list",)


def test_short_passphrases_are_refused() -> None:
    assert check_passphrase("x" * 15)
    with pytest.raises(OpeningError, match="fewer than 15"):
        check_passphrase("x" * 14)


def test_one_line_is_the_passphrase_for_all() -> None:
    assert Passphrases.from_text(f"\n{LONG}\n") == Passphrases(LONG, LONG, LONG, LONG)


def test_four_named_lines_are_told_apart() -> None:
    text = "\n".join(f"{name}:  {name}: {LONG}" for name in ("desk", "root", "spare", "archive"))
    assert Passphrases.from_text(text) == Passphrases(
        f"root: {LONG}", f"archive: {LONG}", f"desk: {LONG}", f"spare: {LONG}"
    )


def test_one_line_is_for_a_single_reviewer_too_and_for_no_second_one() -> None:
    assert Passphrases.from_text(LONG, ["amina"]).of_signer("amina") == LONG
    with pytest.raises(OpeningError, match="one person could sign as two") as caught:
        Passphrases.from_text(LONG, ["amina", "yusuf"])
    assert LONG not in str(caught.value)


def test_each_reviewer_has_a_line_and_others_may_have_one() -> None:
    named = {one: f"{one}: {LONG}" for one in ("root", "archive", "desk", "spare", "reviewer amina", "reviewer yusuf")}
    text = "\n".join(f"{one}: {passphrase}" for one, passphrase in named.items())
    assert Passphrases.from_text(text, ["amina", "yusuf"]).reviewers == {
        "amina": f"reviewer amina: {LONG}",
        "yusuf": f"reviewer yusuf: {LONG}",
    }
    assert dict(Passphrases.from_text(text, ["yusuf"]).reviewers) == {"yusuf": f"reviewer yusuf: {LONG}"}
    with pytest.raises(OpeningError, match=r"not understood.*reviewer bwalya"):
        Passphrases.from_text(text, ["bwalya"])
    with pytest.raises(OpeningError, match="no passphrase for the key of reviewer yusuf"):
        Passphrases.from_text(text, ["amina"]).of_signer("yusuf")


@pytest.mark.parametrize("like", ["root", "archive", "desk", "spare", "reviewer amina"])
def test_no_reviewer_has_the_passphrase_of_anybody_else(like: str) -> None:
    names = ("root", "archive", "desk", "spare", "reviewer amina", "reviewer yusuf")
    lines = {name: f"{name}: {LONG}" for name in names} | {"reviewer yusuf": f"{like}: {LONG}"}
    with pytest.raises(OpeningError, match="one person could sign as two"):
        Passphrases.of(lines, ["amina", "yusuf"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"root: {LONG}\ndesk: {LONG}\n",
        f"root: {LONG}\nroot: {LONG}\narchive: {LONG}\ndesk: {LONG}\nspare: {LONG}\n",
        f"{LONG}\n{LONG}\n{LONG}\n{LONG}\n",
        f"root: {LONG}\narchive: {LONG}\ndesk: {LONG}\nspare: {LONG}\nlead bo: {LONG}\n",
    ],
)
def test_other_files_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(OpeningError, match="not understood") as caught:
        Passphrases.from_text(text)
    assert LONG not in str(caught.value)


def test_a_short_passphrase_in_a_file_is_refused() -> None:
    with pytest.raises(OpeningError, match="fewer"):
        Passphrases.from_text("short")


def test_passphrases_are_not_printed() -> None:
    assert LONG not in repr(Passphrases(LONG, LONG, LONG, LONG, {"amina": LONG}))


def test_a_single_passphrase_is_one_line() -> None:
    assert one_passphrase(f"{LONG}\n") == LONG
    for text in ("", f"{LONG}\n{LONG}\n"):
        with pytest.raises(OpeningError, match="exactly one line"):
            one_passphrase(text)
