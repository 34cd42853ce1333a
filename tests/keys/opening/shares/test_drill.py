from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from keys.opening.errors import OpeningError
from keys.opening.shares.drill import Drill, Split
from keys.opening.shares.errors import ShareError
from keys.opening.shares.gathering import Gathering, Wanted
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.notes import signed_text, verify
from tests.keys.opening.shares.shares_forge import (
    ARCHIVE_NOTE,
    ARCHIVE_SHARES,
    DRILL,
    DRILL_BODY,
    NAMES,
    RECORD,
    SHARES,
    SPLIT,
    forged,
    split,
)
from tests.keys.sealing.signers import ROOT
from tests.keys.sealing.vectors import vectors

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 12, 1)


@vectors("shares", "drill-accept")
def test_good_drills_are_read(path: Path) -> None:
    drill = Drill.from_note(path.read_bytes(), SPLIT)
    assert (drill.day, drill.note) == (DAY, path.read_bytes())
    assert len(drill.labels) == {"one": 1, "two": 2, "three": 3}[path.stem.partition("-")[0]]


@vectors("shares", "drill-signature")
def test_drills_that_no_sheet_signed_so_are_refused(path: Path) -> None:
    with pytest.raises(SignatureError):
        Drill.from_note(path.read_bytes(), SPLIT)


@vectors("shares", "drill-format")
def test_drills_with_wrong_content_are_refused(path: Path) -> None:
    with pytest.raises(FormatError):
        Drill.from_note(path.read_bytes(), SPLIT)


def test_a_drill_says_yes_as_soon_as_enough_sheets_were_there() -> None:
    drill = Drill.begun(SPLIT, DAY, SHARES[2])
    assert (drill.missing, drill.labels) == (1, ("word c",))
    drill = drill.and_share(SHARES[0])
    assert (drill.missing, drill.labels) == (0, ("word a", "word c"))
    drill = drill.and_share(SHARES[1])
    assert drill.missing == 0
    assert Drill.from_note(drill.note, SPLIT) == drill


def test_a_sheet_counts_once() -> None:
    drill = Drill.begun(SPLIT, DAY, SHARES[0])
    with pytest.raises(ShareError, match="“word a” was shown already"):
        drill.and_share(SHARES[0])


def test_sheets_that_do_not_belong_do_not_count() -> None:
    drill = Drill.begun(SPLIT, DAY, SHARES[0])
    for strange in (ARCHIVE_SHARES[1], split("older", ROOT.expose_seed())[1], forged(SHARES[1], bytes(32))):
        with pytest.raises(ShareError):
            drill.and_share(strange)
        with pytest.raises(ShareError):
            Drill.begun(SPLIT, DAY, strange)


def test_a_signature_of_one_drill_counts_in_no_other() -> None:
    first, second = (Drill.begun(SPLIT, DAY, share) for share in SHARES[:2])
    assert signed_text(first.note) != signed_text(second.note), "each has a name of its own"
    line = second.note.split(b"\n\n")[1]
    with pytest.raises(SignatureError):
        Drill.from_note(first.note + line, SPLIT)


def test_a_drill_file_holds_the_day_two_words_a_sheet_and_signatures_and_nothing_else() -> None:
    drill = Drill.begun(SPLIT, DAY, SHARES[0]).and_share(SHARES[1])
    head, _, lines = drill.note.decode().partition("\n\n")
    assert head.startswith("khomo/share-drill/v1\n")
    assert set(DRILL_BODY) == {"day", "drill", "record"}
    assert len(head) == len(DRILL.decode().partition("\n\n")[0])
    assert [line.split(" ")[1] for line in lines.splitlines()] == list(NAMES[:2])
    assert str(len(SHARES)) + " sheets" not in drill.note.decode()


def test_whoever_finds_all_files_of_drills_has_no_share_and_nothing_that_brings_the_key_back() -> None:
    """All public values together: none of them, as bytes or text, is a value of a share or of the key."""
    found = [SPLIT.record.to_note(ROOT), Drill.begun(SPLIT, DAY, SHARES[0]).and_share(SHARES[1]).note, ARCHIVE_NOTE]
    texts = b"\n".join(found)
    blobs = [
        texts,
        *(base64.b64decode(line.split(b" ")[-1]) for note in found for line in note.split(b"\n\n")[1].splitlines()),
    ]
    secret = [ROOT.expose_seed(), *(share._share.value for share in SHARES)]
    assert not [value for value in secret for blob in blobs if value in blob or value.hex().encode() in blob]
    gathering = Gathering(Wanted.of_record(RECORD)).and_share(SHARES[0])
    with pytest.raises(ShareError, match="not enough"):
        gathering.recovered()


def test_the_signers_of_a_drill_can_be_checked_by_everybody_who_has_the_record() -> None:
    assert verify(DRILL, SPLIT.record.proofs, threshold=2).signers == SPLIT.record.proofs[:2]


def test_the_drill_of_another_root_is_not_believed() -> None:
    with pytest.raises(SignatureError):
        Split.from_note(ARCHIVE_NOTE.replace(b"The Open Door", b"The Shut Door"), ROOT.verify_key)


@pytest.mark.parametrize(("days", "goes_on"), [(-1, False), (0, True), (31, True), (32, False)])
def test_a_drill_that_began_long_ago_tells_nothing_about_today(days: int, *, goes_on: bool) -> None:
    drill = Drill.from_note(DRILL, SPLIT)
    if goes_on:
        drill.check_day(DAY + timedelta(days=days))
    else:
        with pytest.raises(OpeningError, match="began on 2026-12-01"):
            drill.check_day(DAY + timedelta(days=days))
