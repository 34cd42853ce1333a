"""Case packages: what goes in comes out, and nothing else does."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from caselog.case_record import CaseRecord, Form
from caselog.commitments import Disclosed
from caselog.leaves import FillerLeaf, leaf_to_bytes
from caselog.package import (
    KIND,
    VERSION,
    CasePackage,
    disclosure_to_bytes,
    manifest,
    sign_package,
    statement,
    write_package,
)
from caselog.package_reader import OpenPackage, read_package
from keys.sealing.canonical import to_canonical
from keys.sealing.container import ContainerWriter
from keys.sealing.container_reader import Container
from keys.sealing.errors import FormatError, KhomoError, SignatureError
from keys.sealing.limits import MIB
from keys.sealing.notes import sign_document
from keys.sealing.public_bundle import Policy
from tests.caselog.world import (
    CASE,
    DAY,
    FIELDS,
    ONE_SIGNATURE,
    TWO_SIGNATURES,
    DeskOf,
    attachment_of,
    custody,
    file_of,
    key,
    trust,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GATE = file_of("gate.png", bytes(range(256)) * 2000)
NOTE = file_of("100%.txt", b"x")
REPORT = file_of("exiftool.json", b"{}")
RECORD = CaseRecord(CASE, 1, FIELDS, (attachment_of(GATE), attachment_of(NOTE)))
SIGNERS = ("ann", "ben")


def made(record: CaseRecord = RECORD, signers: tuple[str, ...] = SIGNERS) -> CasePackage:
    committed = DeskOf().commit(record, signers=signers, hidden={"field/note": "for the desk only"})
    return CasePackage.of(committed, record, custody(), [GATE, NOTE], [REPORT])


def opened(data: bytes, policy: Policy = ONE_SIGNATURE) -> OpenPackage:
    return read_package(io.BytesIO(data), trust(policy))


def test_what_is_written_is_read() -> None:
    package = opened(written(made(), SIGNERS), TWO_SIGNATURES)
    assert package.record == RECORD
    assert package.custody == tuple(custody())
    assert package.open_attachment("gate.png").read() == bytes(range(256)) * 2000
    assert package.reports == ("exiftool.json",)
    assert package.open_report("exiftool.json").read() == b"{}"
    assert [signer.name for signer in package.signers] == ["reviewer/ann", "reviewer/ben"]
    package.read_everything()


def test_what_stays_at_the_desk_is_not_in_it() -> None:
    data = written(made())
    assert b"for the desk only" not in data
    assert {item.name for item in opened(data).disclosed} == {
        *("case", "field/title", "field/summary", "field/may_see"),
        *("attachment/gate.png", "attachment/100%.txt"),
    }


def test_a_package_without_attachments_is_a_package() -> None:
    record = replace(RECORD, attachments=())
    package = CasePackage.of(DeskOf().commit(record), record)
    assert opened(written(package)).record == record


def test_stock_tools_check_the_bag(tmp_path: Path) -> None:
    record = replace(RECORD, attachments=(attachment_of(GATE),))
    package = CasePackage.of(DeskOf().commit(record), record, custody(), [GATE], [REPORT])
    (tmp_path / "p.zip").write_bytes(written(package))
    subprocess.run(["unzip", "-q", "p.zip"], check=True, cwd=tmp_path)
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--quiet", "--strict", "-c", name], check=True, cwd=tmp_path)


# --- what the builder refuses -------------------------------------------------------------------------------------


def test_the_desk_cannot_disclose_what_it_did_not_commit_to() -> None:
    committed = DeskOf().commit(replace(RECORD, fields={**FIELDS, "title": "other"}))
    with pytest.raises(FormatError, match="discloses"):
        CasePackage.of(committed, RECORD, attachments=[GATE, NOTE])
    with pytest.raises(KeyError):
        CasePackage.of(DeskOf().commit(replace(RECORD, attachments=())), RECORD, attachments=[GATE, NOTE])


def test_attachments_are_those_of_the_record() -> None:
    for attachments in ([], [NOTE, GATE], [GATE, file_of("100%.txt", b"y")], [GATE, NOTE, REPORT]):
        with pytest.raises(FormatError, match="attachments"):
            CasePackage.of(DeskOf().commit(RECORD), RECORD, attachments=attachments)


@pytest.mark.parametrize("names", [["a", "A"], ["../a"], [f"{n}" for n in range(1001)]], ids=len)
def test_reports_have_safe_and_different_names(names: list[str]) -> None:
    with pytest.raises(FormatError, match="reports"):
        CasePackage.of(
            DeskOf().commit(RECORD), RECORD, attachments=[GATE, NOTE], reports=[file_of(name, b"") for name in names]
        )


def test_a_reviewer_whom_the_leaf_does_not_name_cannot_sign() -> None:
    with pytest.raises(FormatError, match="reviewer/cy"):
        sign_package(made(), [key("reviewer/cy")])


def test_a_file_that_changed_since_it_was_signed_is_not_written() -> None:
    package = made()
    changed = replace(GATE, open=lambda: io.BytesIO(b"other"))
    with pytest.raises(FormatError, match=r"gate\.png"):
        write_package(replace(package, attachments=(changed, NOTE)), b"", lambda _: None)


# --- signatures ---------------------------------------------------------------------------------------------------


def test_fewer_signatures_than_the_policy_asks_are_refused() -> None:
    with pytest.raises(SignatureError, match="2"):
        opened(written(made(), ["ann"]), TWO_SIGNATURES)


def test_one_reviewer_under_two_names_is_one() -> None:
    twin = replace(
        trust(TWO_SIGNATURES), reviewers=(*trust().reviewers, replace(key("reviewer/ann").verify_key, name="x"))
    )
    with pytest.raises(SignatureError):
        read_package(io.BytesIO(written(made(), ["ann"])), twin)


def test_a_signature_by_somebody_else_is_refused() -> None:
    package = made(signers=("stranger",))
    with pytest.raises(SignatureError):
        opened(written(package, ["stranger"]))


@pytest.mark.parametrize("raw_files", [True, False])
@pytest.mark.parametrize("signers", [["ann"], ["ann", "ben"]])
def test_a_file_as_it_came_needs_two_signatures_and_the_policy(signers: list[str], *, raw_files: bool) -> None:
    record = replace(RECORD, attachments=(attachment_of(GATE, Form.ORIGINAL), attachment_of(NOTE)))
    package = made(record)
    assert package.signatures_needed == 2
    assert made().signatures_needed == 1
    data, policy = written(package, signers), Policy(raw_files=raw_files)
    if raw_files and len(signers) == 2:
        assert opened(data, policy).record == record
    else:
        with pytest.raises(SignatureError):
            opened(data, policy)


# --- forgeries ----------------------------------------------------------------------------------------------------

Members = dict[str, bytes]


def members_of(data: bytes) -> Members:
    container = Container.read(io.BytesIO(data))
    return {member.name: container.open(member.name).read() for member in container.members}


def zipped(members: Members) -> bytes:
    parts: list[bytes] = []
    writer = ContainerWriter(parts.append)
    for path, content in members.items():
        writer.add(path, content)
    writer.finish()
    return b"".join(parts)


def made_again(members: Members, *, signed: bool = True) -> bytes:
    """Make manifests again over whatever is there and, if a reviewer takes part, sign."""
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in members.items()}
    payload = {path: digest for path, digest in digests.items() if path.startswith("data/")}
    members["manifest-sha256.txt"] = manifest(payload)
    sizes = [len(members[path]) for path in payload]
    record = json.loads(members["data/case.json"])
    case = f"{record.get('case')} {record.get('revision')}"
    members["bag-info.txt"] = f"External-Identifier: {case}\nPayload-Oxum: {sum(sizes)}.{len(sizes)}\n".encode()
    tags = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
    tag_manifest = manifest({path: hashlib.sha256(members[path]).hexdigest() for path in tags})
    members["tagmanifest-sha256.txt"] = tag_manifest
    if signed:
        members["signatures.note"] = sign_document(KIND, VERSION, statement(tag_manifest), [key("reviewer/ann")])
    return zipped(members)


def changed(path: str, old: bytes, new: bytes) -> Callable[[Members], object]:
    def change(members: Members) -> None:
        assert old in members[path]
        members[path] = members[path].replace(old, new)

    return change


def without(path: str) -> Callable[[Members], object]:
    return lambda members: members.pop(path)


def with_file(path: str, content: bytes) -> Callable[[Members], object]:
    return lambda members: members.update({path: content})


WITHOUT_A_REVIEWER: dict[str, Callable[[Members], object]] = {
    "other title": changed("data/case.json", b"Kariba", b"Cahora"),
    "other summary": changed("data/summary.txt", b"Water", b"Nothing"),
    "other attachment": with_file("data/attachments/gate.png", b"x"),
    "attachment left out": without("data/attachments/gate.png"),
    "attachment added": with_file("data/attachments/b.png", b"x"),
    "report left out": without("data/reports/exiftool.json"),
    "custody changed": changed("data/custody.jsonl", b"arrival", b"browser"),
    "leaf changed": changed("data/leaf.json", b"ben", b"cyn"),
    "disclosure changed": changed("data/disclosure.json", b"Kariba", b"Cahora"),
    "file outside data": with_file("readme.txt", b"x"),
    "no signatures": without("signatures.note"),
    "empty signatures": with_file("signatures.note", b""),
}


@pytest.mark.parametrize("how", WITHOUT_A_REVIEWER)
@pytest.mark.parametrize("manifests", ["as they were", "made again"])
def test_nobody_but_the_reviewers_can_change_anything(how: str, manifests: str) -> None:
    members = members_of(written(made()))
    WITHOUT_A_REVIEWER[how](members)
    data = zipped(members) if manifests == "as they were" else made_again(members, signed=False)
    with pytest.raises(KhomoError):
        opened(data).read_everything()


WITH_A_REVIEWER: dict[str, Callable[[Members], object]] = {
    "title that the log does not commit to": changed("data/case.json", b"Kariba", b"Cahora"),
    "title changed in both": lambda members: (
        [changed(path, b"Kariba", b"Cahora")(members) for path in ("data/case.json", "data/disclosure.json")] and None
    ),
    "summary that is not the field": with_file("data/summary.txt", b"other"),
    "attachment that case.json does not list": with_file("data/attachments/b.png", b"x"),
    "attachment that is another": with_file("data/attachments/gate.png", b"x"),
    "attachment left out": without("data/attachments/gate.png"),
    "file in no known place": with_file("data/notes.txt", b"x"),
    "signer whom the leaf does not name": changed("data/leaf.json", b"reviewer/ann", b"reviewer/amy"),
    "leaf that is filler": with_file("data/leaf.json", leaf_to_bytes(FillerLeaf.draw())),
    "leaf that is none": with_file("data/leaf.json", b"{}"),
    "custody that is none": with_file("data/custody.jsonl", b"x\n"),
    "case.json too long": with_file("data/case.json", b"{}" + b" " * (4 * MIB)),
    "no case.json": lambda members: members.update({"data/case.json": b"{}"}),
    "disclosure of a newer version": changed("data/disclosure.json", b'"version":1', b'"version":2'),
    "disclosure with an unknown key": changed("data/disclosure.json", b'"version":1', b'"version":1,"x":1'),
    "disclosure that hides a value": lambda members: members.update(
        {"data/disclosure.json": disclosure_to_bytes(disclosed_of(members)[1:])}
    ),
    "disclosure that names a value twice": lambda members: members.update(
        {"data/disclosure.json": disclosure_to_bytes([*disclosed_of(members), disclosed_of(members)[-1]])}
    ),
    "salt too short": lambda members: members.update(
        {
            "data/disclosure.json": to_canonical(
                {"version": 1, "disclosed": [{"name": "case", "salt": "00", "value": "x"}]}
            )
        }
    ),
}


def disclosed_of(members: Members) -> list[Disclosed]:
    return [Disclosed(**item) for item in json.loads(members["data/disclosure.json"])["disclosed"]]


@pytest.mark.parametrize("how", WITH_A_REVIEWER)
def test_a_single_reviewer_cannot_go_against_the_log(how: str) -> None:
    members = members_of(written(made()))
    WITH_A_REVIEWER[how](members)
    with pytest.raises(KhomoError):
        opened(made_again(members)).read_everything()


TAGS: dict[str, Callable[[Members], object]] = {
    "bagit.txt of another version": with_file("bagit.txt", b"BagIt-Version: 0.97\n"),
    "bag-info with another size": with_file("bag-info.txt", b"Payload-Oxum: 1.1\n"),
    "manifest with a line that is none": changed("manifest-sha256.txt", b"  data/case.json", b" data/case.json"),
    "manifest not UTF-8": changed("manifest-sha256.txt", b"gate", b"\xff\xff\xff\xff"),
    "manifest out of order": lambda members: members.update(
        {"manifest-sha256.txt": b"".join(reversed(members["manifest-sha256.txt"].splitlines(keepends=True)))}
    ),
    "manifest with another digest": lambda members: members.update(
        {"manifest-sha256.txt": b"0" * 8 + members["manifest-sha256.txt"][8:]}
    ),
    "tag manifest with a line more": lambda members: members.update(
        {"tagmanifest-sha256.txt": members["tagmanifest-sha256.txt"] + b"0" * 64 + b"  x\n"}
    ),
    "tag manifest too long": with_file("tagmanifest-sha256.txt", b"x" * 2000),
}


@pytest.mark.parametrize("how", TAGS)
def test_tags_have_one_form_even_if_a_reviewer_signs(how: str) -> None:
    members = members_of(written(made()))
    TAGS[how](members)
    if how != "tag manifest with a line more":
        tags = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
        if "too long" not in how:
            digests = {path: hashlib.sha256(members[path]).hexdigest() for path in tags}
            members["tagmanifest-sha256.txt"] = manifest(digests)
    body = statement(members["tagmanifest-sha256.txt"])
    members["signatures.note"] = sign_document(KIND, VERSION, body, [key("reviewer/ann")])
    with pytest.raises(FormatError):
        opened(zipped(members))


def test_a_package_for_one_lead_tells_nothing_of_what_another_is_told() -> None:
    desk = DeskOf()
    everything = replace(RECORD, fields={**FIELDS, "victims": "three families"})
    committed = desk.commit(everything, leads=("anna", "bo"))
    less = replace(RECORD, attachments=(attachment_of(NOTE),))
    data = written(CasePackage.of(committed, less, attachments=[NOTE]))
    assert b"three families" not in data
    assert b"gate.png" not in data
    assert opened(data).leaf == committed.leaf
    assert DAY.isoformat().encode() not in data
