"""Files that the source sealed: opened if our keys can, kept as they are if not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from keys.sealing.age import ArmorWriter, HybridIdentity, seal
from keys.sealing.submission import Audience, Consent, Lane
from reviewer import limits
from reviewer.values import ArrivalState, Severity
from reviewer.vault.rows import ArrivalRow, AttachmentRow, CaseRow, MessageRow
from tests.reviewer.organisation import answered, sealed_report

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


def _found(desk: Vault) -> tuple[list[str], dict[str, bytes], list[str | None]]:
    with desk.look() as rows:
        texts = list(rows.scalars(select(MessageRow.text)))
        files = rows.scalars(select(AttachmentRow).order_by(AttachmentRow.id)).all()
    contents = {}
    for file in files:
        with desk.attachments.open(file.file, file.seed) as source:
            contents[file.original_name] = source.read()
    assert len(list((desk.folder / "attachments").iterdir())) == len(files)
    return texts, contents, [file.problem for file in files]


def _send(org: Organisation, carry: Carry, *files: tuple[str, bytes]) -> None:
    org.report(files=files, lane=Lane.PRESEALED)
    assert carry().found == {ArrivalState.OPENED: 1}


def _armored(sealed: bytes) -> bytes:
    pieces: list[bytes] = []
    writer = ArmorWriter(pieces.append)
    writer.write(sealed)
    writer.finish()
    return b"".join(pieces)


def test_a_sealed_text_is_read_as_the_message_and_kept_as_a_file(org: Organisation, desk: Vault, carry: Carry) -> None:
    sealed = seal("what they did, é\n".encode(), [org.recipient()])
    _send(org, carry, ("report.txt.age", sealed))
    assert _found(desk) == (["what they did, é\n"], {"report.txt": "what they did, é\n".encode()}, [None])


def test_an_armored_file_is_opened_too(org: Organisation, desk: Vault, carry: Carry) -> None:
    _send(org, carry, ("photo.jpg.asc", _armored(seal(b"\xff\xd8\xff", [org.recipient()]))))
    assert _found(desk) == ([], {"photo.jpg": b"\xff\xd8\xff"}, [None])


@pytest.mark.parametrize("content", [b"\x00binary text", b"text\x1b[2J"])
def test_what_is_not_plain_text_is_only_a_file(org: Organisation, desk: Vault, carry: Carry, content: bytes) -> None:
    _send(org, carry, ("a.age", seal(content, [org.recipient()])))
    assert _found(desk)[:2] == ([], {"a": content})


def test_a_long_text_is_only_a_file(
    org: Organisation, desk: Vault, carry: Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PRESEALED_TEXT_BYTES", 3)
    _send(org, carry, (".age", seal(b"text", [org.recipient()])))
    assert _found(desk)[:2] == ([], {".age": b"text"})


def test_a_file_for_somebody_else_and_one_that_is_damaged_are_kept_as_they_came(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    foreign = seal(b"not for us", [HybridIdentity.generate().recipient()])
    damaged = bytearray(seal(bytes(200_000), [org.recipient()]))
    damaged[-1] ^= 1
    files = {"foreign.age": bytes(foreign), "damaged.age": bytes(damaged), "plain.age": b"no age file"}
    _send(org, carry, *files.items())
    texts, found, problems = _found(desk)
    assert (texts, found) == ([], files)
    assert all(problem and "not opened" in problem for problem in problems)


def test_a_report_made_by_our_own_encryptor_is_unpacked(org: Organisation, desk: Vault, carry: Carry) -> None:
    inner = sealed_report(org.recipient(), "inner text", [("inner.pdf", b"%PDF")])
    _send(org, carry, ("khomo.age", inner))
    assert _found(desk) == (["inner text"], {"inner.pdf": b"%PDF"}, [None])


def test_a_report_of_ours_without_a_text_has_none(org: Organisation, desk: Vault, carry: Carry) -> None:
    _send(org, carry, ("khomo.age", sealed_report(org.recipient(), files=[("inner.pdf", b"%PDF")])))
    assert _found(desk)[:2] == ([], {"inner.pdf": b"%PDF"})


def test_a_presealed_message_that_is_not_utf8_still_shows(org: Organisation, desk: Vault, carry: Carry) -> None:
    org.report("plain", lane=Lane.PRESEALED)
    carry()
    assert _found(desk)[0] == ["plain"]


@pytest.mark.parametrize("audiences", [{Audience.LAWYER, Audience.LEADS}, {Audience.LAWYER}, set()])
def test_what_a_presealed_report_allows_counts_beside_what_the_door_wrote_around_it(
    org: Organisation, desk: Vault, carry: Carry, audiences: set[Audience]
) -> None:
    inner = sealed_report(org.recipient(), "inner", consent=Consent(frozenset(audiences)), lane=Lane.PRESEALED)
    everybody = Consent(frozenset({Audience.LEADS, Audience.LAWYER, Audience.AUTHORITY}), originals=True)
    org.report(files=[("report.age", inner)], lane=Lane.PRESEALED, consent=everybody)
    carry()
    with desk.look() as rows:
        found = json.loads(rows.scalars(select(CaseRow.consent)).one())
    assert found == Consent(frozenset(audiences)).to_json()


def test_danger_inside_a_presealed_report_is_danger(org: Organisation, desk: Vault, carry: Carry) -> None:
    inner = sealed_report(
        org.recipient(), "they are at my door", answers=answered(danger="yes", child="yes", where="bridge")
    )
    org.report(files=[("r.age", inner)], lane=Lane.PRESEALED, answers=answered(danger="no", child="no", when="now"))
    carry()
    with desk.look() as rows:
        assert rows.scalars(select(CaseRow.severity)).one() == Severity.DANGER
        answers = json.loads(rows.scalars(select(ArrivalRow.answers)).one() or "")
    assert answers == answered(danger="yes", child="yes", where="bridge", when="now")


def test_danger_that_the_outer_form_says_stays_danger(org: Organisation, desk: Vault, carry: Carry) -> None:
    inner = sealed_report(org.recipient(), "text", answers=answered(danger="no"))
    org.report(files=[("r.age", inner)], lane=Lane.PRESEALED, answers=answered(danger="yes"))
    carry()
    with desk.look() as rows:
        assert rows.scalars(select(CaseRow.severity)).one() == Severity.DANGER


@pytest.mark.parametrize(
    "text",
    ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\n", "\u00ab\u00a0Voil\u00e0\u202f!\u00a0\u00bb", "tabs\tstay"],
)
def test_texts_in_any_script_are_read_as_texts(org: Organisation, desk: Vault, carry: Carry, text: str) -> None:
    _send(org, carry, ("a.txt.age", seal(text.encode(), [org.recipient()])))
    assert _found(desk)[0] == [text]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfone\r\ntwo\r", b"one\ntwo\n"])
def test_line_ends_and_marks_of_other_systems_are_no_part_of_a_text(
    org: Organisation, desk: Vault, carry: Carry, content: bytes
) -> None:
    _send(org, carry, ("a.txt.age", seal(content, [org.recipient()])))
    assert _found(desk)[0] == ["one\ntwo\n"]
