"""ProofMode bundles: each way of being changed has its own word, and none passes for one that holds."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest

from reviewer.evidence import limits, proofs, words
from reviewer.evidence.judging import judge
from reviewer.evidence.values import Bundle, NotRead, Refused, Result, Verdict
from reviewer.sandbox import bubblewrap
from reviewer.sandbox.errors import CutOffError, NotReadError, SandboxError
from reviewer.sandbox.worker import Frame
from tests.reviewer.evidence.bundles import (
    NAME,
    OWNER,
    Signer,
    made,
    photo,
    read_beside,
    read_zip,
    signed,
    stem_of,
    zipped,
)

if TYPE_CHECKING:
    from reviewer.evidence.values import Finding

Files = dict[str, bytes]
Change = Callable[[Files, Signer], Files]
RECEIVED = date(2026, 11, 20)


def judged(found: Bundle | NotRead) -> Finding:
    (finding,) = judge(found, RECEIVED)
    return finding


def failing(finding: Finding) -> set[str]:
    """What is wrong, by its codes."""
    return {check.code for check in finding.checks if check.result not in {Result.YES, Result.NOTE}}


def test_a_bundle_that_nobody_changed_holds_and_says_by_which_tool(whole: Files, signer: Signer) -> None:
    for found in (read_zip(zipped(whole)), read_zip(zipped(whole, by_phone=False)), read_beside(whole)):
        finding = judged(found)
        assert finding.verdict is Verdict.HOLDS, finding.checks
        assert finding.file == NAME
        assert finding.fingerprint == signer.fingerprint()
        assert re.fullmatch(r"gpgv \(GnuPG\) 2\.[\d.]+", finding.tool)
        assert {check.code for check in finding.checks} == {
            *("csv-digest", "json-digest", "name-digest", "media-signature", "csv-signature", "json-signature"),
            *("one-key", "tables", "times", "when"),
        }
        assert isinstance(found, Bundle)
        assert found.owners[0].names == (OWNER,)


def flipped(name_end: str, at: int = -1) -> Change:
    """Change one bit of the file whose name ends so."""

    def change(files: Files, _signer: Signer) -> Files:
        (name,) = (one for one in files if re.fullmatch(name_end, one))
        data = bytearray(files[name])
        data[at] ^= 1
        return files | {name: bytes(data)}

    return change


def without(name_end: str) -> Change:
    return lambda files, _signer: {name: data for name, data in files.items() if not re.fullmatch(name_end, name)}


def replaced(name_end: str, data: bytes) -> Change:
    return lambda files, _signer: {name: data if re.fullmatch(name_end, name) else old for name, old in files.items()}


def other_key(files: Files, signer: Signer) -> Files:
    return files | {"pubkey.asc": signer.key("other@example.org")}


def one_by_another(files: Files, signer: Signer) -> Files:
    stem = stem_of(files)
    both = signer._gpg("--armor", "--export")
    return files | {f"{stem}.asc": signer.sign(files[NAME], owner="other@example.org"), "pubkey.asc": both}


def other_photo(files: Files, _signer: Signer) -> Files:
    return files | {NAME: photo(make="Other")}


def tables_of_another_photo(files: Files, signer: Signer) -> Files:
    """All signatures fit; the tables are about another file."""
    stem = stem_of(files)
    other = made(signer, photo(make="Other"))
    mine = {name.replace(stem_of(other), stem): data for name, data in other.items()}
    return mine | {NAME: files[NAME], f"{stem}.asc": files[f"{stem}.asc"]}


def tables_differ(files: Files, signer: Signer) -> Files:
    stem = stem_of(files)
    json = files[f"{stem}.proof.json"].replace(b"33.7741", b"34.7741")
    return files | {f"{stem}.proof.json": json, f"{stem}.proof.json.asc": signer.sign(json)}


def weak(files: Files, signer: Signer) -> Files:
    stem = stem_of(files)
    return files | {f"{stem}.asc": signer.sign(files[NAME], "--digest-algo", "SHA1", "--detach-sign")}


def as_text(files: Files, signer: Signer) -> Files:
    return files | {f"{stem_of(files)}.asc": signer.sign(files[NAME], "--textmode", "--detach-sign")}


def inline(files: Files, signer: Signer) -> Files:
    """A whole signed message where a signature over the photo should be."""
    return files | {f"{stem_of(files)}.asc": signer.sign(files[NAME], "--sign")}


def twice_signed(files: Files, signer: Signer) -> Files:
    both = signer.sign(files[NAME], "--local-user", "other@example.org", "--detach-sign")
    return files | {f"{stem_of(files)}.asc": both, "pubkey.asc": signer._gpg("--armor", "--export")}


MEDIA, CSV, JSON = re.escape(NAME), r".*\.proof\.csv", r".*\.proof\.json"
SIGNATURE = r"[0-9a-f]{64}\.asc"
KINDS: dict[str, tuple[Change, Verdict, set[str]]] = {
    "one bit of the photo": (
        flipped(MEDIA),
        Verdict.CHANGED,
        {"csv-digest-differs", "json-digest-differs", "name-digest-differs", "media-signature-bad"},
    ),
    "another photo under its name": (
        other_photo,
        Verdict.CHANGED,
        {"csv-digest-differs", "json-digest-differs", "name-digest-differs", "media-signature-bad", "other-device"},
    ),
    "one letter of the table": (flipped(CSV, -3), Verdict.CHANGED, {"csv-signature-bad", "tables-differ"}),
    "one letter of the other table": (flipped(JSON, -4), Verdict.CHANGED, {"json-signature-bad", "tables-differ"}),
    "tables that differ, both signed": (tables_differ, Verdict.CHANGED, {"tables-differ"}),
    "tables of another photo, all signed": (
        tables_of_another_photo,
        Verdict.CHANGED,
        {"csv-digest-differs", "json-digest-differs"},
    ),
    "a table that is XML with an entity": (
        replaced(JSON, b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
        Verdict.CHANGED,
        {"json-unreadable", "json-signature-bad"},
    ),
    "a name that stands twice in the JSON": (
        replaced(JSON, b'{"File Hash SHA256": "1", "File Hash SHA256": "2"}'),
        Verdict.CHANGED,
        {"json-unreadable", "json-signature-bad"},
    ),
    "a JSON that is too deep": (
        replaced(JSON, b"[" * 60_000),
        Verdict.CHANGED,
        {"json-unreadable", "json-signature-bad"},
    ),
    "one letter of a signature": (flipped(SIGNATURE, 90), Verdict.CHANGED, {"media-signature-unreadable"}),
    "a signature of nothing": (replaced(SIGNATURE, b""), Verdict.CHANGED, {"media-signature-unreadable"}),
    "a signed message as a signature": (inline, Verdict.CHANGED, {"media-signature-unreadable"}),
    "two signatures for one": (twice_signed, Verdict.CHANGED, {"media-signature-several"}),
    "a weak digest": (weak, Verdict.ODD, {"media-signature-weak"}),
    "a signature over text": (as_text, Verdict.ODD, {"media-signature-odd"}),
    "another key": (
        other_key,
        Verdict.CHANGED,
        {"media-signature-no-key", "csv-signature-no-key", "json-signature-no-key"},
    ),
    "one signature by another key that is there": (one_by_another, Verdict.CHANGED, {"keys-differ"}),
    "no key": (without(r"pubkey\.asc"), Verdict.INCOMPLETE, {"key-missing"}),
    "a key that is none": (replaced(r"pubkey\.asc", b"no key"), Verdict.INCOMPLETE, {"key-unreadable"}),
    "no photo": (without(MEDIA), Verdict.INCOMPLETE, {"file-missing"}),
    "no signature": (without(SIGNATURE), Verdict.INCOMPLETE, {"media-signature-missing"}),
    "no table": (without(CSV), Verdict.INCOMPLETE, {"csv-missing"}),
    "no other table": (without(JSON), Verdict.INCOMPLETE, {"json-missing"}),
    "a file more": (lambda files, _: files | {"more.exe": b"MZ"}, Verdict.ODD, {"extra"}),
    "a stamp of another file": (
        lambda files, _: (
            files
            | {
                f"{stem_of(files)}.ots": bytes.fromhex(
                    "004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e8929401"
                )
                + b"\x08"
                + bytes(32)
            }
        ),
        Verdict.CHANGED,
        {"stamp-differs"},
    ),
    "a stamp that is none": (
        lambda files, _: files | {f"{stem_of(files)}.ots": b"none"},
        Verdict.ODD,
        {"stamp-unreadable"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_change_has_its_own_words(kind: str, whole: Files, signer: Signer) -> None:
    change, verdict, codes = KINDS[kind]
    finding = judged(read_zip(zipped(change(dict(whole), signer))))
    assert failing(finding) == codes
    assert finding.verdict is verdict
    assert all(check.code in words.CHECKS for check in finding.checks)


def test_a_bundle_of_two_photos_is_two_proofs(whole: Files, signer: Signer) -> None:
    other = made(signer, photo(taken="2026:11:01 11:00:00"))
    other["second.jpg"] = other.pop(NAME)
    first, second = judge(read_zip(zipped(other | whole)), RECEIVED)
    assert {first.file, second.file} == {NAME, "second.jpg"}
    assert {first.verdict, second.verdict} == {Verdict.HOLDS}


def test_a_table_that_cannot_be_read_but_was_signed_so_is_doubted_only(whole: Files, signer: Signer) -> None:
    stem = stem_of(whole)
    tables = {f"{stem}.proof.csv": b"\xff", f"{stem}.proof.json": whole[f"{stem}.proof.json"]}
    finding = judged(read_zip(zipped(signed(signer, {NAME: whole[NAME], **tables}))))
    assert failing(finding) == {"csv-unreadable"}
    assert finding.verdict is Verdict.ODD


def test_a_table_may_have_a_line_for_each_time_that_the_proof_was_made(whole: Files, signer: Signer) -> None:
    stem = stem_of(whole)
    names, line = whole[f"{stem}.proof.csv"].split(b"\n")
    earlier = line.replace(b"2026-11-01T12:00:02", b"2026-11-01T12:00:01")
    json = whole[f"{stem}.proof.json"]
    both = {
        f"{stem}.proof.csv": b"\n".join((names, earlier, line)) + b"\n",
        f"{stem}.proof.json": json.replace(b"12:00:02", b"12:00:01") + b"\n" + json + b"\n",
    }
    assert judged(read_zip(zipped(signed(signer, {NAME: whole[NAME], **both})))).verdict is Verdict.HOLDS


def test_a_photo_may_be_named_by_its_digest_and_newer_apps_put_more_beside_it(whole: Files) -> None:
    stem = stem_of(whole)
    more = {f"{stem}{ending}": b"{}" for ending in (".nostr", ".lp.json", ".ipfs-cids.json", ".gst")}
    renamed = {f"{stem}.jpg" if name == NAME else name: data for name, data in whole.items()}
    finding = judged(read_zip(zipped(renamed | more)))
    assert finding.verdict is Verdict.HOLDS
    assert {check.code for check in finding.checks if check.result is Result.NOTE} == {"renamed", "safety", "when"}
    assert failing(judged(read_zip(zipped(whole | {f"{stem}.exe": b"MZ"})))) == {"extra"}


def test_what_is_no_bundle_is_none() -> None:
    for data in (zipped({"word/document.xml": b"<x/>"}), zipped({"a.txt": b"a"}), b"PK\x03\x04 and no ZIP"):
        assert read_zip(data) == NotRead(Refused.NONE, read_zip(data).name)  # type: ignore[union-attr]  # it is one


def test_a_program_that_breaks_down_is_a_bundle_that_was_not_read(
    whole: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs._Told, "take", lambda *_: None)
    assert read_zip(zipped(whole)) == NotRead(Refused.BROKE)


@pytest.mark.parametrize(
    "frame",
    [
        {"surprise": 1},
        {},
        {"member": "a" * 300, "size": 1, "sha256": "00"},
        {"member": "a", "size": -1, "sha256": "00"},
        {"member": "a", "size": 1, "sha256": "x"},
        {"member": "a", "size": 1},
        {"key": "a", "state": "fine"},
        {"owner": "AB", "made": 1, "names": "one", "usable": True},
        {"owner": "AB", "made": True, "names": [], "usable": True},
        {"owner": "AB", "made": 1, "names": [], "usable": 1},
        {"table": "csv", "of": "unknown", "read": True, "fields": {}, "digest": "", "file": ""},
        {"proof": "a", "media": "unknown", "beside": {}},
        {"proof": "a", "media": "", "beside": []},
        {"proof": "a", "media": "", "beside": {"csv": 1}},
    ],
)
def test_what_a_taken_over_program_tells_is_not_believed(frame: dict[str, object]) -> None:
    with pytest.raises(NotReadError):
        proofs._Told().take(Frame(frame))


def test_files_that_the_sandbox_tells_of_are_those_that_were_given(
    whole: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = proofs._Told._member

    def lie(self: proofs._Told, said: dict[str, object], data: bytes) -> None:
        real(self, said | {"sha256": "00" * 32} if said["member"] == NAME else said, data)

    monkeypatch.setattr(proofs._Told, "_member", lie)
    assert read_beside(whole) == NotRead(Refused.BROKE)


def test_a_picture_comes_once_and_one_that_never_ends_ends_all(whole: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    told = proofs._Told()
    told.take(Frame({"proof": "a", "media": "", "beside": {}}))
    told.take(Frame({"picture": "a"}, b"no picture"))
    with pytest.raises(NotReadError, match="twice"):
        told.take(Frame({"picture": "a"}, b"no picture"))

    def never_ends(_source: object) -> None:
        raise CutOffError("It took longer.")

    monkeypatch.setattr(proofs, "clues_or_end", never_ends)
    assert read_zip(zipped(whole)) == NotRead(Refused.BROKE)


@pytest.mark.long
def test_no_mutant_of_a_bundle_holds_but_where_its_files_are_the_same(whole: Files) -> None:
    draw, packed = random.Random(20261120), zipped(whole)
    held = 0
    for _time in range(150):
        data = bytearray(packed)
        for _change in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        found = read_zip(bytes(data))
        if isinstance(found, NotRead):
            continue
        held += 1
        same = {member.sha256 for member in found.members} == {
            hashlib.sha256(one).hexdigest() for one in whole.values()
        }
        assert same or judged(found).verdict is not Verdict.HOLDS
    assert held < 150


@pytest.mark.long
def test_a_film_that_is_too_long_to_be_looked_into_is_checked_all_the_same(signer: Signer) -> None:
    film = random.Random(1).randbytes(limits.PICTURE_BYTES + 1)
    finding = judged(read_zip(zipped(made(signer, film))))
    assert finding.verdict is Verdict.HOLDS


def test_without_a_sandbox_or_gpgv_nothing_is_read(monkeypatch: pytest.MonkeyPatch, whole: Files) -> None:
    monkeypatch.setattr(proofs, "work", lambda *_: pytest.fail("something was run"))
    monkeypatch.setattr(proofs, "_NEEDED", {"gpgv-of-nowhere": "gpgv"})
    with pytest.raises(SandboxError, match="gpgv-of-nowhere is not here") as caught:
        read_zip(zipped(whole))
    assert "Install gpgv" in caught.value.remedy


def test_without_bubblewrap_the_message_says_how_to_mend_it(monkeypatch: pytest.MonkeyPatch, whole: Files) -> None:
    bubblewrap.require_sandbox.cache_clear()
    monkeypatch.setattr(bubblewrap, "_PROGRAMS", {"bwrap-of-nowhere": "bubblewrap"})
    with pytest.raises(SandboxError, match="bwrap-of-nowhere is not here") as caught:
        read_zip(zipped(whole))
    assert "Install bubblewrap" in caught.value.remedy
    bubblewrap.require_sandbox.cache_clear()
