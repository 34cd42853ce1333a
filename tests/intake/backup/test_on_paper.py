"""The identity of backups as people type it from paper."""

from __future__ import annotations

import pytest

from intake.backup.errors import BackupError
from intake.backup.on_paper import in_groups, read_identity
from keys.sealing.age import HybridIdentity

IDENTITY = HybridIdentity.from_seed(bytes(range(32)))
TEXT = IDENTITY.expose()


def refused(typed: str) -> str:
    with pytest.raises(BackupError) as error:
        read_identity(typed)
    assert typed not in str(error.value)
    assert error.value.remedy == "Compare it with your paper, group by group. The first group is AGE-SECR."
    return error.value.message


@pytest.mark.parametrize(
    "typed",
    [TEXT, TEXT.lower(), in_groups(TEXT), in_groups(TEXT).lower(), TEXT[:19] + TEXT[19:].replace("0", "O"),
     TEXT[:19] + TEXT[19:].replace("8", "b").replace("L", "i")],
)  # fmt: skip
def test_what_stands_on_paper_is_read_as_people_type_it(typed: str) -> None:
    assert read_identity(typed).expose() == TEXT


@pytest.mark.parametrize("place", [0, 7, 8, 17, 18, 19, 40, 63, 64, len(TEXT) - 1])
@pytest.mark.parametrize("others", ["QP", "PQ", "!!"])
def test_one_wrong_character_is_told_with_its_group(place: int, others: str) -> None:
    other = others[TEXT[place] == others[0]]
    typed = TEXT[:place] + other + TEXT[place + 1 :]
    assert refused(typed) == f"This is no identity: a character in group {place // 8 + 1} is wrong."


@pytest.mark.parametrize("typed", [TEXT[:-1], TEXT + "Q", TEXT[:30] + TEXT[31:]])
def test_another_length_is_told_with_both_numbers(typed: str) -> None:
    assert refused(typed) == f"This is no identity: it has {len(typed)} characters, and on paper it has {len(TEXT)}."


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ("", "more than one of its characters is wrong"),
        ("!!", "more than one of its characters is wrong"),
        ("!", "a character in group 4 is wrong"),  # and another, which is told once this one is right
    ],
)
def test_of_two_wrong_characters_no_place_is_guessed(others: str, told: str) -> None:
    new = others + "".join("Q" if TEXT[place] != "Q" else "P" for place in (30, 50))[len(others) :]
    typed = TEXT[:30] + new[0] + TEXT[31:50] + new[1] + TEXT[51:]
    assert refused(typed) == f"This is no identity: {told}."


@pytest.mark.parametrize("typed", ["", "hello", "AGE-SECRET-KEY-1QQQ"])
def test_something_else_is_no_identity(typed: str) -> None:
    with pytest.raises(BackupError, match="This is no identity"):
        read_identity(typed)
