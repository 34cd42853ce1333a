"""Makes the packages of tests/vectors/case-package: right ones, and one for each way of being wrong.

``python -m tests.caselog.package_forge`` writes them anew, with new salts and nonces.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from caselog.case_record import CaseRecord
from caselog.commitments import Disclosed
from caselog.leaves import FillerLeaf, leaf_to_bytes
from caselog.package import KIND, VERSION, CasePackage, disclosure_to_bytes, manifest, statement
from keys.sealing.canonical import to_canonical
from keys.sealing.container import ContainerWriter
from keys.sealing.container_reader import Container
from keys.sealing.limits import MIB
from keys.sealing.notes import sign_document
from tests.caselog.world import CASE, FIELDS, DeskOf, attachment_of, custody, file_of, key, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VECTORS = Path(__file__).parents[1] / "vectors" / "case-package"
GATE = file_of("gate.png", bytes(range(256)) * 2000)
NOTE = file_of("100%.txt", b"x")
REPORT = file_of("exiftool.json", b"{}")
RECORD = CaseRecord(CASE, 1, FIELDS, (attachment_of(GATE), attachment_of(NOTE)))
SIGNERS = ("ann", "ben")


def made(record: CaseRecord = RECORD, signers: tuple[str, ...] = SIGNERS) -> CasePackage:
    everything = replace(record, fields={**record.fields, "note": "for the desk only"})
    committed = DeskOf().commit(everything, signers=signers, custody=custody(), reports=[REPORT])
    return CasePackage.of(committed, record, custody(), [GATE, NOTE], [REPORT])


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
    "custody to which the log does not commit": lambda members: members.update(
        {"data/custody.jsonl": members["data/custody.jsonl"].replace(b"arrival", b"browser")}
    ),
    "no custody": with_file("data/custody.jsonl", b""),
    "report to which the log does not commit": with_file("data/reports/exiftool.json", b"[]"),
    "report left out": without("data/reports/exiftool.json"),
    "report added": with_file("data/reports/other.json", b"{}"),
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


def without_a_reviewer(how: str, *, manifests_again: bool) -> bytes:
    """Change a package that two reviewers signed, as anybody can."""
    members = members_of(written(made()))
    WITHOUT_A_REVIEWER[how](members)
    return made_again(members, signed=False) if manifests_again else zipped(members)


def with_a_reviewer(how: str) -> bytes:
    """Change a package and let one reviewer sign it."""
    members = members_of(written(made()))
    WITH_A_REVIEWER[how](members)
    return made_again(members)


def with_other_tags(how: str) -> bytes:
    """Change what BagIt calls tag files and let one reviewer sign them."""
    members = members_of(written(made()))
    TAGS[how](members)
    if not how.startswith("tag manifest"):
        tags = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
        members["tagmanifest-sha256.txt"] = manifest({path: hashlib.sha256(members[path]).hexdigest() for path in tags})
    body = statement(members["tagmanifest-sha256.txt"])
    members["signatures.note"] = sign_document(KIND, VERSION, body, [key("reviewer/ann")])
    return zipped(members)


def every() -> Iterator[tuple[str, bytes]]:
    """Yield folder and name of each vector, with its content."""
    yield "accept/one signature", written(made(signers=("ann",)))
    yield "accept/two signatures", written(made(), SIGNERS)
    for how in WITHOUT_A_REVIEWER:
        yield f"refuse-unsigned/{how}", without_a_reviewer(how, manifests_again=False)
        yield f"refuse-unsigned/{how}, manifests made again", without_a_reviewer(how, manifests_again=True)
    for how in WITH_A_REVIEWER:
        yield f"refuse-signed/{how}", with_a_reviewer(how)
    for how in TAGS:
        yield f"refuse-signed/{how}", with_other_tags(how)


def main() -> None:
    """Write the vectors."""
    for name, content in every():
        path = VECTORS / (name.replace(",", "").replace(" ", "-") + ".zip.gz")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content, mtime=0))
    (VECTORS / "reviewers.txt").write_text(f"{key('reviewer/ann').verify_key}\n{key('reviewer/ben').verify_key}\n")


if __name__ == "__main__":
    main()
