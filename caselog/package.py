"""Building a case package: a BagIt 1.0 bag (RFC 8493) inside a container, signed by reviewers.

The bag::

    bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt  signatures.note
    data/case.json  data/summary.txt  data/custody.jsonl  data/leaf.json  data/disclosure.json
    data/attachments/<name>  data/reports/<name>

Rules:
1. Reviewers sign the digest of ``tagmanifest-sha256.txt``, which covers everything but the signatures.
2. ``leaf.json`` is the case's leaf as the log holds it; ``disclosure.json`` opens its commitments to exactly what this
   lead is told, the digests of custody record and evidence reports among it: no other package fits the leaf.
3. An attachment as it came (``Form.ORIGINAL``), and a case that goes against its source's consent
   (``Act.OVERRIDDEN``), ask for two signatures, whatever the policy says of other cases.
4. One leaf commits to all that any lead is told of a case; each lead's package opens what that lead is told. So
   packages of one leaf differ in their fields, and each is signed.

Use::

    values = committed_values(everything, custody, report_digests)
    committed = commit_case(values, [key.name for key in reviewers], {lead: address_key(seed, lead)})
    package = CasePackage.of(committed, record_for_this_lead, custody, attachments, reports)
    note = sign_package(package, [reviewer_key])       # more reviewers: keys.sealing.notes.add_signature
    written = write_package(package, note, sink)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from caselog.case_record import CaseRecord, Form, values_of
from caselog.commitments import CommittedCase, Disclosed, check_disclosed
from caselog.custody import Act, CustodyEntry, custody_to_bytes
from caselog.leaves import CaseLeaf, leaf_to_bytes
from caselog.limits import REPORTS
from keys.sealing.canonical import to_canonical
from keys.sealing.container import ContainerWriter
from keys.sealing.errors import FormatError
from keys.sealing.limits import COPY_BYTES
from keys.sealing.measured import Measured
from keys.sealing.names import fold, is_safe_name
from keys.sealing.notes import sign_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from keys.sealing.canonical import JSON
    from keys.sealing.notes import SigningKey

KIND = "case-package"
VERSION = 1
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ORIGINALS_NEED = 2
"""Signatures for a package with a file as it came."""

OVERRIDES_NEED = 2
"""Signatures for a package that goes against its source's consent."""

CASE_JSON = "data/case.json"
SUMMARY = "data/summary.txt"
CUSTODY = "data/custody.jsonl"
LEAF = "data/leaf.json"
DISCLOSURE = "data/disclosure.json"
ATTACHMENTS_FOLDER = "data/attachments/"
REPORTS_FOLDER = "data/reports/"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
SIGNATURES = "signatures.note"
BAGIT_TXT = "bagit.txt"
BAG_INFO = "bag-info.txt"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file on its way into a package: safe name, bytes, SHA-256 in hex, and how to open it (it is closed after)."""

    name: str
    size: int
    sha256: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class WrittenPackage:
    """A package as written: bytes and SHA-256 (hex) of the container."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CasePackage:
    """All of a package but its signatures; correct by construction. Make it with ``of``."""

    record: CaseRecord
    leaf: CaseLeaf
    disclosed: tuple[Disclosed, ...]
    custody: tuple[CustodyEntry, ...]
    attachments: tuple[PackageFile, ...]
    reports: tuple[PackageFile, ...]

    def __post_init__(self) -> None:
        told = committed_values(self.record, self.custody, {one.name: one.sha256 for one in self.reports})
        if {item.name: item.value for item in self.disclosed} != told:
            raise FormatError("A package discloses exactly what it tells: case.json, custody record and reports.")
        check_disclosed(self.leaf, self.disclosed)
        listed = [(one.name, one.size, one.sha256) for one in self.record.attachments]
        if listed != [(one.name, one.size, one.sha256) for one in self.attachments]:
            raise FormatError("A package holds exactly the attachments that its case.json lists, in its order.")
        names = {fold(report.name) for report in self.reports if is_safe_name(report.name)}
        if len(names) != len(self.reports) or len(names) > REPORTS:
            raise FormatError(f"A package has at most {REPORTS} reports, with safe names, and no two of one name.")

    @classmethod
    def of(
        cls,
        committed: CommittedCase,
        record: CaseRecord,
        custody: Sequence[CustodyEntry] = (),
        attachments: Sequence[PackageFile] = (),
        reports: Sequence[PackageFile] = (),
    ) -> CasePackage:
        """Choose from a committed case what one lead is told; ``KeyError`` if the case does not commit to it."""
        told = committed_values(record, custody, {one.name: one.sha256 for one in reports})
        disclosed = committed.disclose(told.keys())
        return cls(record, committed.leaf, disclosed, tuple(custody), tuple(attachments), tuple(reports))


def committed_values(record: CaseRecord, custody: Iterable[CustodyEntry], reports: Mapping[str, str]) -> dict[str, str]:
    """Return every value to which a case's leaf commits; ``reports`` are SHA-256 in hex by name."""
    return told_values(record, hashlib.sha256(custody_to_bytes(custody)).hexdigest(), reports)


def told_values(record: CaseRecord, custody: str, reports: Mapping[str, str]) -> dict[str, str]:
    """Return the same from the SHA-256 (hex) of ``custody.jsonl``."""
    return values_of(record) | {"custody": custody} | {f"report/{name}": digest for name, digest in reports.items()}


def needed_for(record: CaseRecord, custody: Iterable[CustodyEntry] = ()) -> int:
    """Return how many signatures a case's attachments, and what was done with it, ask for."""
    originals = ORIGINALS_NEED if any(one.form is Form.ORIGINAL for one in record.attachments) else 1
    return max(originals, OVERRIDES_NEED) if is_overridden(custody) else originals


def is_overridden(custody: Iterable[CustodyEntry]) -> bool:
    """Tell whether a package goes against its source's consent."""
    return any(entry.act is Act.OVERRIDDEN for entry in custody)


def statement(tag_manifest: bytes) -> Mapping[str, JSON]:
    """Return what reviewers sign."""
    return {"tagmanifest_sha256": hashlib.sha256(tag_manifest).hexdigest()}


def sign_package(package: CasePackage, reviewers: Sequence[SigningKey]) -> bytes:
    """Return the note that goes into ``signatures.note``; each further reviewer adds a line to it.

    Raises ``FormatError`` for a key that the case's leaf does not name.
    """
    for key in reviewers:
        if key.name not in package.leaf.signers:
            raise FormatError(f"The case's leaf does not name {key.name} as a signer.")
    return sign_document(KIND, VERSION, statement(_texts_of(package)[TAG_MANIFEST]), reviewers)


def write_package(package: CasePackage, signatures: bytes, sink: Callable[[bytes], object]) -> WrittenPackage:
    """Write the container; ``FormatError`` if a file is not what was said of it."""
    measured = Measured(sink)
    writer = ContainerWriter(measured)
    for path, text in {**_texts_of(package), SIGNATURES: signatures}.items():
        writer.add(path, text)
    for path, file in _files_of(package).items():
        _copy(writer, path, file)
    return WrittenPackage(writer.finish(), measured.hexdigest())


def manifest(digests: Mapping[str, str]) -> bytes:
    """Return a BagIt manifest: ``<hex>  <path>`` a line, sorted by path."""
    return "".join(f"{digests[path]}  {path.replace('%', '%25')}\n" for path in sorted(digests)).encode()


def bag_info(case: str, revision: int, sizes: Sequence[int]) -> bytes:
    """Return ``bag-info.txt``: no date, no person, no program."""
    return f"External-Identifier: {case} {revision}\nPayload-Oxum: {sum(sizes)}.{len(sizes)}\n".encode()


def disclosure_to_bytes(disclosed: Sequence[Disclosed]) -> bytes:
    """Return ``disclosure.json``."""
    values: list[JSON] = [{"name": one.name, "salt": one.salt, "value": one.value} for one in disclosed]
    return to_canonical({"version": VERSION, "disclosed": values})


def _payload(package: CasePackage) -> dict[str, bytes]:
    return {
        CASE_JSON: package.record.to_json(),
        SUMMARY: package.record.fields["summary"].encode(),
        CUSTODY: custody_to_bytes(package.custody),
        LEAF: leaf_to_bytes(package.leaf),
        DISCLOSURE: disclosure_to_bytes(package.disclosed),
    }


def _files_of(package: CasePackage) -> dict[str, PackageFile]:
    attachments = {ATTACHMENTS_FOLDER + file.name: file for file in package.attachments}
    return attachments | {REPORTS_FOLDER + file.name: file for file in package.reports}


def _texts_of(package: CasePackage) -> dict[str, bytes]:
    """Return everything small, by path, but the signatures."""
    payload, files = _payload(package), _files_of(package)
    sizes = [len(text) for text in payload.values()] + [file.size for file in files.values()]
    tags = {
        BAGIT_TXT: BAGIT,
        BAG_INFO: bag_info(package.record.case, package.record.revision, sizes),
        MANIFEST: manifest(_digests(payload) | {path: file.sha256 for path, file in files.items()}),
    }
    return {**tags, TAG_MANIFEST: manifest(_digests(tags)), **payload}


def _digests(texts: Mapping[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(text).hexdigest() for path, text in texts.items()}


def _copy(writer: ContainerWriter, path: str, file: PackageFile) -> None:
    writer.start(path)
    with file.open() as source:
        while block := source.read(COPY_BYTES):
            writer.write(block)
    member = writer.end()
    if (member.size, member.sha256) != (file.size, file.sha256):
        raise FormatError(f"The file {file.name} is not the one that was to go into the package.")
