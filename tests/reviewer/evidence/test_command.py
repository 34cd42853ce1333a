"""khomo-reviewer evidence: what a reviewer types, reads, saves and finds again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from keys.sealing.submission import new_report_id
from reviewer.commands import main
from reviewer.deletion import destroy_case
from reviewer.evidence import looking, words
from reviewer.evidence.values import Kind, Refused, Result, Verdict
from reviewer.sandbox import bubblewrap
from reviewer.triage import Decision, decide
from reviewer.values import Disposition
from tests.reviewer.evidence.bundles import NAME, Signer, made, photo, zipped
from tests.reviewer.organisation import Source
from tests.reviewer.thief import database_in_the_clear

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

ATTENTION = 6


def typed(desk: Vault, *arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["evidence", *map(str, arguments)], obj=desk)
    assert result.exit_code == code, result.output
    return result.output


def as_json(desk: Vault, *arguments: object, code: int = 0) -> Any:
    return json.loads(typed(desk, *arguments, "--json", code=code))


def shown(desk: Vault) -> str:
    return CliRunner().invoke(main, ["show", "1"], obj=desk).output


def acts(desk: Vault) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["history", "1", "--json"], obj=desk)
    return [one for one in json.loads(result.output) if one["act"] == "evidence"]


@pytest.fixture
def bundle(whole: dict[str, bytes]) -> bytes:
    return zipped(whole)


def test_a_bundle_that_holds_is_told_with_all_that_was_checked_and_what_was_not(
    desk: Vault, org: Organisation, carry: Carry, bundle: bytes, signer: Signer
) -> None:
    org.report("see", [("proof.zip", bundle), ("other.zip", zipped({"word/a.xml": b"<a/>"})), ("a.txt", b"text")])
    carry()
    assert words.NOT_LOOKED.format(case=1) in shown(desk)
    said = typed(desk, 1)
    assert words.PROOF_LINE.format(number=1, verdict=words.SHORT[Verdict.HOLDS], case=1) in shown(desk)
    assert words.NOT_LOOKED.format(case=1) not in shown(desk)
    assert words.VERDICTS[Verdict.HOLDS] in said
    for code in ("csv-digest", "media-signature", "json-signature", "one-key", "tables", "times"):
        assert words.CHECKS[code] in said
    for text in words.UNCHECKED:
        assert text in said
    assert "│ DeviceID: device-canary-77" in said
    assert f"{words.OF_ITSELF}\n{words.KINDS[Kind.TIME]}:\n│ DateTimeOriginal (EXIF): 2026:11:01 12:00:00\n" in said
    assert f"Key: {signer.fingerprint()}" in said
    assert words.KEY_FIRST in said
    assert "gpgv (GnuPG)" in said
    assert "other.zip" not in said
    assert words.NO_BUNDLE.format(file="other.zip") in typed(desk, 1, 2)
    assert [one["values"]["attachment"] for one in acts(desk)] == [[None, "1"], [None, "2"], [None, "2"]]


def test_files_that_lie_beside_each_other_are_one_bundle(
    desk: Vault, org: Organisation, carry: Carry, whole: dict[str, bytes], signer: Signer
) -> None:
    report = new_report_id()
    photos = [("more.jpg", photo(make="Other")), *whole.items()]
    org.report(files=photos[:4], report=report)
    org.report(files=[*photos[4:], photos[1]], report=report)  # one of them came twice
    carry()
    proofs = [one for one in as_json(desk, 1) if one["look"] == "proof"]
    assert [one["verdict"] for one in proofs] == ["holds"]
    assert {name for name, _sha256 in proofs[0]["files"]} == set(whole) - {"HowToVerifyProofData.txt"}
    (clues,) = [one for one in as_json(desk, 1) if one["files"][0][0] == "more.jpg"]
    assert {clue["value"] for clue in clues["clues"] if clue["name"] == "Make"} == {"Other"}


def test_files_beside_each_other_whose_photo_was_changed_do_not_hold(
    desk: Vault, org: Organisation, carry: Carry, whole: dict[str, bytes]
) -> None:
    org.report("", list((whole | {NAME: photo(make="Other")}).items()))
    carry()
    said = typed(desk, 1, code=ATTENTION)
    assert words.VERDICTS[Verdict.CHANGED] in said
    assert words.CHECKS["csv-digest-differs"] in said


def test_what_was_found_is_kept_and_looked_at_again_only_when_asked(
    desk: Vault, org: Organisation, carry: Carry, bundle: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.report("see", [("proof.zip", bundle), ("photo.jpg", photo())])
    carry()
    first = as_json(desk, 1)
    with monkeypatch.context() as patch:
        patch.setattr(looking, "look", lambda *_: pytest.fail("it was looked at again"))
        patch.setattr("reviewer.evidence.command.look", lambda *_: pytest.fail("it was looked at again"))
        assert as_json(desk, 1) == first
    assert as_json(desk, 1, "--again") == first
    looks = [one["values"]["proof"] for one in acts(desk) if "proof" in one["values"]]
    assert looks == [[None, "holds"], ["holds", "holds"]]


def test_the_same_key_is_found_again_in_this_mailbox_and_in_others(
    desk: Vault, org: Organisation, carry: Carry, signer: Signer, bundle: bytes
) -> None:
    source, stranger = Source(), Source()
    org.report("one", [("one.zip", bundle)], mailbox=source.slip)
    carry()
    assert as_json(desk, 1)[0]["key_before"] == {"of_mailbox": [], "elsewhere": [], "other_key": False}
    org.report("two", [("two.zip", zipped(made(signer, photo(make="Two"), Manufacturer="Two")))], mailbox=source.slip)
    carry()
    assert as_json(desk, 1)[1]["key_before"] == {"of_mailbox": [1], "elsewhere": [], "other_key": False}
    assert words.KEY_OF_MAILBOX.format(cases=words.SAME_CASE) in typed(desk, 1)
    other = made(signer, None, "other@example.org")
    org.report("three", [("three.zip", bundle), ("four.zip", zipped(other))], mailbox=stranger.slip)
    carry()
    said = typed(desk, 2)
    assert words.KEY_ELSEWHERE.format(cases="1") in said
    assert said.count(words.KEY_OTHER) == 2
    assert as_json(desk, 1)[0]["key_before"] == {"of_mailbox": [1], "elsewhere": [2], "other_key": False}


def test_a_report_is_saved_once_and_names_no_person_device_place_or_other_case(
    desk: Vault, org: Organisation, carry: Carry, bundle: bytes, signer: Signer
) -> None:
    org.report("one", [("proof.zip", bundle), ("photo.jpg", photo(Software="Acme Camera"))])
    carry()
    folder = desk.folder.parent
    path = folder / "report.txt"
    assert str(path) in typed(desk, 1, "--save", path)
    text = path.read_text()
    assert words.VERDICTS[Verdict.HOLDS] in text
    assert all(line in text for line in words.UNCHECKED)
    assert "gpgv (GnuPG)" in text
    for secret in ("canary", "-13.9", "33.77", "Acme", "witness.org", signer.fingerprint()):
        assert secret not in text
    assert "is there already" in typed(desk, 1, "--save", path, code=1)
    assert "inside the vault" in typed(desk, 1, "--save", desk.folder / "report.txt", code=1)
    clues = next(one["attachment"] for one in as_json(desk, 1) if one["look"] == "clues")
    assert words.NO_REPORT in typed(desk, 1, clues, "--save", folder / "none.txt", code=1)
    assert not (folder / "none.txt").exists()


def test_clues_come_in_a_table_that_says_what_they_mean_and_no_text_passes_for_ours(
    desk: Vault, org: Organisation, carry: Carry
) -> None:
    evil = photo(make="Acme\x1b[2J\nTHE PROOF HOLDS.", Artist="A. Person")
    org.report("one", [("a\u202e.jpg", evil), ("plain.pdf", b"%PDF-1.7 broken"), ("empty.jpg", b"\xff\xd8\xff")])
    carry()
    said = typed(desk, 1)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert not any(line.startswith("THE PROOF") for line in said.split("\n"))
    for kind in (Kind.DEVICE, Kind.PERSON, Kind.TIME):
        assert f"{words.KINDS[kind]}:" in said
        assert all(text in said for text in words.MEANINGS[kind])
    assert said.count(words.NOT_READABLE) == 2


def test_where_there_is_nothing_it_says_so(desk: Vault, org: Organisation, carry: Carry) -> None:
    org.report("one", [("a.txt", b"text")])
    carry()
    assert words.NOTHING in typed(desk, 1)
    assert "no file 77" in typed(desk, 1, 77, code=1)
    assert "no case 9" in typed(desk, 9, code=1)


def test_a_hostile_zip_is_told_and_needs_attention(
    desk: Vault, org: Organisation, carry: Carry, whole: dict[str, bytes]
) -> None:
    org.report("one", [("proof.zip", zipped({"../../up.jpg": b"a"} | whole))])
    carry()
    said = typed(desk, 1, code=ATTENTION)
    assert words.VERDICTS[Verdict.UNREAD] in said
    assert words.CHECKS["refused-names"].format(name="../../up.jpg") in said


def test_without_a_sandbox_nothing_is_read_or_kept(
    desk: Vault, org: Organisation, carry: Carry, bundle: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.report("one", [("proof.zip", bundle)])
    carry()
    bubblewrap.require_sandbox.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(bubblewrap, "_PROGRAMS", {"bwrap-of-nowhere": "bubblewrap"})
        said = typed(desk, 1, code=1)
    bubblewrap.require_sandbox.cache_clear()
    assert "bwrap-of-nowhere is not here" in said
    assert "Install bubblewrap" in said
    assert acts(desk) == []


def test_what_was_found_goes_with_its_case(
    desk: Vault, org: Organisation, carry: Carry, bundle: bytes, signer: Signer
) -> None:
    org.report("one", [("proof.zip", bundle)])
    carry()
    typed(desk, 1)
    secrets = [b"device-canary-77", signer.fingerprint().encode()]
    assert all(secret in database_in_the_clear(desk) for secret in secrets)
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.CLOSED, reason="outside our mandate"))
    destroy_case(desk, 1)
    assert not any(secret in database_in_the_clear(desk) for secret in secrets)


def test_every_word_of_a_result_has_a_text() -> None:
    assert set(words.VERDICTS) == set(words.SHORT) == set(Verdict)
    assert set(words.RESULTS) == set(Result)
    assert set(words.KINDS) == set(words.MEANINGS) == set(Kind)
    assert {f"refused-{one}" for one in Refused} <= set(words.CHECKS)
