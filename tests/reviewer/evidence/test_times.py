"""Which times can be true together; and what a proof says of its file that the file does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from reviewer.evidence.judging import judge
from reviewer.evidence.times import read_time
from reviewer.evidence.values import (
    Bundle,
    Clue,
    KeyState,
    Kind,
    Member,
    Owner,
    Proof,
    Result,
    Role,
    Signature,
    SignatureState,
    Table,
    Verdict,
)
from tests.reviewer.evidence.bundles import FIELDS, NAME

DIGEST, PRINT = "ab" * 32, "CD" * 20
KEY = int(datetime(2026, 10, 1, 8, tzinfo=UTC).timestamp())
SIGNED = int(datetime(2026, 11, 1, 12, 0, 3, tzinfo=UTC).timestamp())
DAYS, HOURS = 86_400, 3_600
TAKEN = Clue(Kind.TIME, "EXIF", "DateTimeOriginal", "2026:11:01 12:00:00")


def bundle(*clues: Clue, signed: int = SIGNED, key: int = KEY, place: str = "", **fields: str) -> Bundle:
    """A bundle that holds but for what is given."""
    fields |= {"Location.Time": place}
    said = FIELDS | {"File Hash SHA256": DIGEST} | {name.replace("_", " "): value for name, value in fields.items()}
    spaced = {name: value.replace(",", " ") for name, value in said.items()}
    tables = {Role.CSV: Table(True, spaced, DIGEST, NAME), Role.JSON: Table(True, said, DIGEST, NAME)}
    signatures = {
        role: Signature(SignatureState.GOOD, PRINT, signed)
        for role in (Role.MEDIA_SIGNATURE, Role.CSV_SIGNATURE, Role.JSON_SIGNATURE)
    }
    beside = {role: role.value for role in (*tables, *signatures)}
    proof = Proof(DIGEST, Member(NAME, 1, DIGEST), beside, tables, signatures, None, clues or (TAKEN,))
    return Bundle((proof,), KeyState.READ, (Owner(PRINT, key, (), usable=True),))


def odd(found: Bundle, received: date = date(2026, 11, 20)) -> set[str]:
    (finding,) = judge(found, received)
    wrong = {check.code for check in finding.checks if check.result is Result.ODD}
    assert finding.verdict is (Verdict.ODD if wrong else Verdict.HOLDS)
    return wrong


def test_times_in_their_order_are_plausible() -> None:
    assert odd(bundle()) == set()
    assert odd(bundle(), date(2026, 11, 1)) == set()


def test_a_phone_that_writes_its_own_time_as_if_it_were_utc_is_not_doubted() -> None:
    for hours in (-12, 13):
        assert odd(bundle(signed=SIGNED + hours * HOURS)) == set()


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (bundle(File_Created="2026-11-01T12:10:00.000Z"), "created-after-proof"),
        (bundle(File_Modified="2026-11-03T12:10:00.000Z"), "modified-after-proof"),
        (bundle(replace(TAKEN, value="2026:11:02 20:00:00")), "taken-after-proof"),
        (
            bundle(replace(TAKEN, value="2026:11:02 01:00:00"), File_Created="2026-11-01T10:00:00.000Z"),
            "taken-after-file",
        ),
        (bundle(signed=SIGNED - 2 * DAYS), "signed-before-proof"),
        (bundle(signed=SIGNED, key=SIGNED + HOURS), "signed-before-key"),
        (bundle(signed=SIGNED + 20 * HOURS, key=SIGNED + 19 * HOURS), "proof-before-key"),
        (bundle(signed=SIGNED + 5 * DAYS), "signed-later"),
        (bundle(Proof_Generated="soon"), "no-time"),
    ],
)
def test_a_time_before_what_it_follows_is_doubted(found: Bundle, code: str) -> None:
    assert code in odd(found)


def test_what_is_younger_than_its_arrival_is_doubted() -> None:
    wrong = odd(bundle(), date(2026, 10, 30))
    assert wrong == {"proof-after-arrival", "signature-after-arrival", "picture-after-arrival"}


def test_a_place_of_another_day_is_noted() -> None:
    (finding,) = judge(bundle(place=f"{SIGNED - 10 * DAYS}000"), date(2026, 11, 20))
    assert [(check.code, check.about) for check in finding.checks if check.code == "old-place"] == [
        ("old-place", {"days": "9"})
    ]


@pytest.mark.parametrize(
    ("clue", "code"),
    [
        (Clue(Kind.DEVICE, "EXIF", "Make", "Other"), "other-device"),
        (Clue(Kind.DEVICE, "EXIF", "Model", "B7"), "other-device"),
        (Clue(Kind.PLACE, "EXIF", "GPSLatitude", "-15.0"), "other-place"),
    ],
)
def test_a_file_that_says_otherwise_is_doubted(clue: Clue, code: str) -> None:
    assert odd(bundle(TAKEN, clue)) == {code}


@pytest.mark.parametrize(
    "clue",
    [
        Clue(Kind.DEVICE, "EXIF", "Make", "ACME"),
        Clue(Kind.DEVICE, "EXIF", "Model", "A1"),
        Clue(Kind.PLACE, "EXIF", "GPSLatitude", "-13.9627"),
        Clue(Kind.PLACE, "EXIF", "GPSLongitude", "no number"),
        Clue(Kind.EDIT, "EXIF", "Software", "Camera 3"),
        Clue(Kind.TIME, "EXIF", "DateTimeDigitized", "0000:00:00 00:00:00"),
    ],
)
def test_a_file_that_says_the_same_is_not(clue: Clue) -> None:
    assert odd(bundle(clue)) == set()


def test_a_name_that_was_changed_and_a_program_that_wrote_are_noted() -> None:
    found = bundle(Clue(Kind.EDIT, "XMP", "CreatorTool", "Editor 9"))
    (proof,) = found.proofs
    renamed = replace(proof, media=Member("other.jpg", 1, DIGEST))
    (finding,) = judge(replace(found, proofs=(renamed,)), date(2026, 11, 20))
    assert {check.code for check in finding.checks if check.result is Result.NOTE} == {"renamed", "software", "when"}
    assert finding.verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-01T12:00:02.000Z", datetime(2026, 11, 1, 12, 0, 2, tzinfo=UTC)),
        ("2026-11-01T12:00:02", datetime(2026, 11, 1, 12, 0, 2, tzinfo=UTC)),
        ("1481718055", datetime(2016, 12, 14, 12, 20, 55, tzinfo=UTC)),
        ("1481718054000", datetime(2016, 12, 14, 12, 20, 54, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("2026-02-30T00:00:00.000Z", None),
        ("9" * 400, None),
        ("\u0662\u0660\u0662\u0666", None),
    ],
)
def test_times_are_read_as_the_app_wrote_them_then_and_now(text: str, found: datetime | None) -> None:
    assert read_time(text) == found
