"""Files that go to leads as made anew: refused where bytes show that they were not, and told as a person's word."""

from __future__ import annotations

import random
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from caselog.custody import Act, custody_from_bytes
from keys.sealing.submission import Audience, Consent
from reviewer import limits
from reviewer.errors import RefusedError
from reviewer.forwarding import Wish, forward
from reviewer.keyring import reviewer_key
from reviewer.made_files import holds
from reviewer.vault.log_rows import ForwardRow
from tests.reviewer.organisation import NO_RISK

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

NOTE = b"On Tuesday the director took the boxes away in the car of the ministry, and nobody wrote it down.\n"


@pytest.fixture
def case(org: Organisation, carry: Carry) -> None:
    """Case 1, for leads, with a note of a hundred bytes and a file of three."""
    files = [("note.txt", NOTE), ("short.txt", b"raw")]
    org.report("text", files=files, consent=Consent(frozenset({Audience.LEADS})))
    carry()


def _forward(desk: Vault, path: Path) -> None:
    forward(
        desk, 1, Wish(("anna",), "Waste", "Waste in the river.", made_files=(path,), risks=NO_RISK), reviewer_key(desk)
    )


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (NOTE, "new.txt is attachment 1 of case 1 as it came"),
        (NOTE + b"x", "new.txt holds attachment 1 whole"),
        (b"a ZIP around it " + NOTE + b" and its end", "new.txt holds attachment 1 whole"),
        (NOTE[5:], "new.txt is cut out of attachment 1"),
        (b"\xff\xd8\xff\xe1\0\x20Exif\0\0MM\0*", "new.txt has EXIF in it"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x20eXIfII*\0", "new.txt has EXIF in it"),
        (b"-" * (limits.COPY_CHUNK - 3) + b"Exif\0\0II*\0", "new.txt has EXIF in it"),
    ],
    ids=["copy", "one byte more", "packed", "cut", "jpeg", "png", "EXIF across two reads"],
)
@pytest.mark.usefixtures("lead", "case")
def test_what_bytes_show_not_to_be_made_anew_is_refused(desk: Vault, tmp_path: Path, made: bytes, problem: str) -> None:
    (tmp_path / "new.txt").write_bytes(made)
    with pytest.raises(RefusedError, match=problem):
        _forward(desk, tmp_path / "new.txt")
    with desk.look() as rows:
        assert rows.scalars(select(ForwardRow)).all() == []


@pytest.mark.usefixtures("lead", "case")
def test_leads_read_that_a_file_was_made_anew_by_whose_word(desk: Vault, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_bytes(b"raw words of the reviewer")
    _forward(desk, tmp_path / "new.txt")
    with desk.look() as rows:
        [row] = rows.scalars(select(ForwardRow))
    [made] = [act for act in custody_from_bytes(row.custody) if act.act is Act.REMADE]
    assert (made.by, made.what) == ("harbour/reviewer/amina", "new.txt; that it was made anew is this person's word")


@pytest.mark.parametrize("place", [0, 1, limits.COPY_CHUNK - 2000, limits.COPY_CHUNK - 1, 3 * limits.COPY_CHUNK])
@pytest.mark.parametrize("size", [limits.PART_LEAST, limits.PART_BEGINNING + 1, limits.COPY_CHUNK + 1])
def test_a_file_in_another_is_found_wherever_it_stands(place: int, size: int) -> None:
    inner = random.Random(size).randbytes(size)
    outer = bytes(place) + inner + b"end"
    assert holds(BytesIO(outer), BytesIO(inner))
    assert not holds(BytesIO(outer), BytesIO(inner[:-1] + bytes([inner[-1] ^ 1])))
    assert not holds(BytesIO(outer[: place + size - 1]), BytesIO(inner))


def test_a_part_that_begins_alike_before_is_found_behind_it() -> None:
    inner = b"ab" * limits.PART_LEAST + b"c"
    assert holds(BytesIO(b"ab" * 3 + inner), BytesIO(inner))


def test_a_few_bytes_are_no_part() -> None:
    assert not holds(BytesIO(bytes(200)), BytesIO(bytes(limits.PART_LEAST - 1)))
    assert holds(BytesIO(bytes(200)), BytesIO(bytes(limits.PART_LEAST)))


def test_a_page_of_zeros_does_not_make_the_search_endless() -> None:
    inner = bytes(limits.PART_BEGINNING) + b"end"
    assert not holds(BytesIO(bytes(4 * limits.COPY_CHUNK)), BytesIO(inner))
