from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from keys.opening.errors import OpeningError
from keys.opening.shares.drill import Split
from keys.opening.shares.errors import ShareError
from keys.opening.shares.proofs import draw_names, label, proof_key
from keys.opening.shares.record import SplitRecord, make_record
from keys.opening.shares.slip39 import MOST_SHEETS, Scheme, Share, combine, split_secret
from keys.opening.shares.split_keys import SplitKey, fingerprint_of, key_of, public_of, secret_of, which
from keys.opening.shares.splitting import split_key
from keys.sealing.age import AgeError
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.notes import SigningKey, signed_text
from tests.keys.opening.shares import shares_forge
from tests.keys.opening.shares.shares_forge import (
    ARCHIVE_FILE,
    ARCHIVE_RECORD,
    ARCHIVE_SHARES,
    DAY,
    NOTE,
    RECORD,
    ROOT_FILE,
    SHARES,
    forged,
    split,
)
from tests.keys.sealing.signers import DESK, EPOCH, ROOT
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from pathlib import Path


RECORDS = {"root": RECORD, "archive": ARCHIVE_RECORD, "sixteen-needed": replace(RECORD, needed=16)}


def test_the_vectors_are_what_the_forge_makes() -> None:
    assert stored("shares") == shares_forge.make()


@vectors("shares", "record-accept")
def test_good_records_are_read_and_written_again(path: Path) -> None:
    record = SplitRecord.from_note(path.read_bytes(), ROOT.verify_key)
    assert record.to_note(ROOT) == path.read_bytes()
    assert record == RECORDS[path.stem]


@vectors("shares", "record-signature")
def test_records_that_the_root_did_not_sign_so_are_refused(path: Path) -> None:
    with pytest.raises(SignatureError):
        SplitRecord.from_note(path.read_bytes(), ROOT.verify_key)


@vectors("shares", "record-format")
def test_records_with_wrong_content_are_refused(path: Path) -> None:
    with pytest.raises((FormatError, AgeError)):
        SplitRecord.from_note(path.read_bytes(), ROOT.verify_key)


@vectors("shares", "sheets")
def test_the_sheets_of_the_vectors_give_the_secret_and_the_proof_keys(path: Path) -> None:
    given = json.loads(path.read_text())
    shares = [Share(sheet["words"].split(" ")) for sheet in given["sheets"]]
    assert combine(shares[:2]).hex() == combine(shares[1:]).hex() == given["secret"]
    assert [proof_key(share, "share").verify_key.public.hex() for share in shares] == [
        sheet["proof"] for sheet in given["sheets"]
    ]


@pytest.mark.parametrize("key", [ROOT_FILE, ARCHIVE_FILE], ids=["root", "archive"])
def test_what_comes_back_is_the_key_file_byte_for_byte(key: KeyFile) -> None:
    shares = split_secret(secret_of(key), Scheme(3, 5))
    assert key_of(which(key), key.name, combine(shares[2:])).to_json() == key.to_json()


def test_only_root_and_archive_are_split() -> None:
    reviewer = KeyFile.of_signing_key(SigningKey.generate("example.org/reviewer/root"))
    epoch = KeyFile.of_identity(KeyKind.EPOCH, "Desk", "main-1", EPOCH)
    for key in (KeyFile.of_signing_key(DESK), reviewer, epoch):
        with pytest.raises(OpeningError, match="Only the root key and the archive key"):
            secret_of(key)


def test_a_new_record_knows_its_sheets_and_hides_how_many_there_are() -> None:
    few, many = (split_key(ROOT_FILE, "The Open Door", Scheme(2, sheets), DAY, ROOT) for sheets in (2, 16))
    for new in (few, many):
        record = new.split.record
        assert len(record.proofs) == MOST_SHEETS
        assert [proof.name for proof in record.proofs] == sorted(proof.name for proof in record.proofs)
        assert {record.proof_of(sheet.share) for sheet in new.sheets} <= set(record.proofs)
        assert len({sheet.label for sheet in new.sheets}) == len(new.sheets)
    assert len({sheet.label for sheet in many.sheets}) == MOST_SHEETS
    assert b'"needed":2,' in few.note
    assert sorted(json.loads(signed_text(few.note).split(b"\n")[1])) == sorted(shares_forge.BODY)


def test_the_order_of_the_proofs_is_not_that_of_the_sheets() -> None:
    """By chance it is once in 16! ways; three records in a row that keep it are no chance."""
    kept = []
    for _ in range(3):
        new = split_key(ARCHIVE_FILE, "The Open Door", Scheme(2, 16), DAY, ROOT)
        kept.append([new.split.record.proof_of(sheet.share) for sheet in new.sheets] == list(new.split.record.proofs))
    assert not all(kept)


def test_a_record_holds_no_word_and_no_value_of_a_share() -> None:
    new = split_key(ROOT_FILE, "The Open Door", Scheme(2, 3), DAY, ROOT)
    text = new.note.decode()
    assert ROOT.expose_seed().hex() not in text
    for sheet in new.sheets:
        assert " ".join(sheet.share.expose()[2:4]) not in text
        assert proof_key(sheet.share, "x").expose_seed().hex() not in text
        assert " ".join(sheet.share.expose()) not in repr(new) + repr(sheet)


def test_a_sheet_of_an_older_split_is_named_by_its_first_words() -> None:
    older = split("older", ROOT.expose_seed())[0]
    with pytest.raises(ShareError) as caught:
        RECORD.proof_of(older)
    assert f"begins with “{older.begins}”, not with “{RECORD.begins}”" in str(caught.value)
    with pytest.raises(ShareError, match="another split"):
        RECORD.proof_of(ARCHIVE_SHARES[0])


def test_a_forged_sheet_that_begins_like_the_others_is_refused() -> None:
    with pytest.raises(ShareError, match="made it up"):
        RECORD.proof_of(forged(SHARES[0], bytes(32)))


def test_the_fingerprint_is_the_one_of_the_ceremony() -> None:
    assert RECORD.fingerprint.words == ROOT.verify_key.fingerprint_words()
    assert ARCHIVE_RECORD.fingerprint == fingerprint_of(SplitKey.ARCHIVE, public_of(ARCHIVE_FILE))
    assert Split.from_note(NOTE, ROOT.verify_key).record == RECORD


def test_names_of_sheets_are_drawn_and_all_different(monkeypatch: pytest.MonkeyPatch) -> None:
    names = draw_names(MOST_SHEETS)
    assert len(set(names)) == MOST_SHEETS
    words = iter(["abacus", "abdomen"] * 2 + ["abdomen", "abacus"])
    monkeypatch.setattr("keys.opening.shares.proofs.secrets.choice", lambda _words: next(words))
    assert set(draw_names(2)) == {"share/abacus-abdomen", "share/abdomen-abacus"}


def test_a_record_made_anew_for_the_same_sheets_has_other_names() -> None:
    one, other = (make_record(ROOT_FILE, "The Open Door", DAY, SHARES) for _ in range(2))
    assert one.proof_of(SHARES[0]).public == other.proof_of(SHARES[0]).public
    assert label(one.proof_of(SHARES[0])) != label(other.proof_of(SHARES[0]))
