"""Opening a case package: everything is checked before anything is shown.

Rules; breaking any is ``FormatError`` or ``SignatureError``:
1. The container passes its strict reader, and holds the members of a bag and no others.
2. As many reviewers as the policy asks have signed, each named by the case's leaf; two at the least for a file as it
   came, and for a case that goes against its source's consent, and then the policy must allow such files, or that.
3. Manifests are made again from what they say, and cover every member; digests of small members are compared at once,
   those of attachments and reports while they are read.
4. ``disclosure.json`` opens commitments of ``leaf.json`` to exactly what ``case.json`` says, and to the digests of
   custody record and reports. Whether that leaf stands in the log is the caller's to check.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from caselog.case_record import CaseRecord, Form
from caselog.commitments import SALT_BYTES, Disclosed, check_disclosed
from caselog.custody import CustodyEntry, custody_from_bytes
from caselog.leaves import CaseLeaf, leaf_from_bytes
from caselog.limits import (
    CASE_JSON_BYTES,
    CUSTODY_BYTES,
    DISCLOSURE_BYTES,
    FIELD_BYTES,
    LEAF_BYTES,
    SIGNATURES_BYTES,
    VALUE_BYTES,
)
from caselog.members import read_member
from caselog.package import (
    ATTACHMENTS_FOLDER,
    BAG_INFO,
    BAGIT,
    BAGIT_TXT,
    CASE_JSON,
    CUSTODY,
    DISCLOSURE,
    KIND,
    LEAF,
    MANIFEST,
    REPORTS_FOLDER,
    SIGNATURES,
    SUMMARY,
    TAG_MANIFEST,
    VERSION,
    bag_info,
    is_overridden,
    manifest,
    needed_for,
    statement,
    told_values,
)
from keys.sealing.canonical import from_canonical
from keys.sealing.container_reader import Container
from keys.sealing.digest_reader import checked
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.fields import Fields
from keys.sealing.limits import COPY_BYTES, KIB, MIB
from keys.sealing.notes import open_document

if TYPE_CHECKING:
    import io
    from collections.abc import Collection, Mapping

    from keys.sealing.canonical import JSON
    from keys.sealing.notes import VerifyKey
    from keys.sealing.public_bundle import Policy

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_LIMITS = {
    BAGIT_TXT: KIB,
    BAG_INFO: KIB,
    MANIFEST: 4 * MIB,
    TAG_MANIFEST: KIB,
    SIGNATURES: SIGNATURES_BYTES,
    CASE_JSON: CASE_JSON_BYTES,
    SUMMARY: FIELD_BYTES,
    CUSTODY: CUSTODY_BYTES,
    LEAF: LEAF_BYTES,
    DISCLOSURE: DISCLOSURE_BYTES,
}
"""Every member that must be there but attachments and reports, with the bytes that it may have."""

_TAGS = (BAGIT_TXT, BAG_INFO, MANIFEST)
_SALT = range(SALT_BYTES, SALT_BYTES + 1)


@dataclass(frozen=True, slots=True)
class Trust:
    """Who may sign packages, and what the organisation has decided; both from the public bundle."""

    reviewers: tuple[VerifyKey, ...]
    policy: Policy


class OpenPackage:
    """A package whose signatures, manifests and disclosures have been checked.

    Attributes:
        record: what the lead is told.
        leaf: the case's leaf, with its bytes as ``leaf_data``.
        disclosed: what opens its commitments.
        custody: what was done with the material.
        reports: names of the evidence reports.
        signers: reviewers whose signatures hold.
    """

    def __init__(self, container: Container, texts: Mapping[str, bytes], signers: tuple[VerifyKey, ...]) -> None:
        self._container = container
        self._digests = _parse_manifest(texts[MANIFEST])
        self.signers = signers
        self.record = CaseRecord.from_json(texts[CASE_JSON])
        self.leaf_data = texts[LEAF]
        self.leaf = _case_leaf(texts[LEAF])
        self.disclosed = _disclosed(texts[DISCLOSURE])
        self.custody: tuple[CustodyEntry, ...] = custody_from_bytes(texts[CUSTODY])
        paths = [member.name for member in container.members]
        self.reports = tuple(path.removeprefix(REPORTS_FOLDER) for path in paths if path.startswith(REPORTS_FOLDER))

    def open_attachment(self, name: str) -> io.BufferedReader:
        """Return an attachment, to be read once and in order; its last bytes come only when its digest is right."""
        return self._open(ATTACHMENTS_FOLDER + name)

    def open_report(self, name: str) -> io.BufferedReader:
        """Return an evidence report, likewise."""
        return self._open(REPORTS_FOLDER + name)

    def read_everything(self) -> None:
        """Read every attachment and report, so that every digest is compared, and the padding."""
        for member in self._container.members:
            if member.name not in _LIMITS:
                with self._open(member.name) as stream:
                    while stream.read(COPY_BYTES):
                        pass
        self._container.check_padding()

    def _open(self, path: str) -> io.BufferedReader:
        return checked(self._container.open(path), self._digests[path])


def read_package(file: BinaryIO, trust: Trust) -> OpenPackage:
    """Open a package from a seekable file, which stays open while attachments are read."""
    container = Container.read(file)
    texts = {path: read_member(container, path, most) for path, most in _LIMITS.items()}
    _check_tags(texts, container)
    package = OpenPackage(container, texts, _signers(texts, trust))
    _check_signatures(package, trust)
    _check_contents(package, texts, container)
    return package


def _check_tags(texts: Mapping[str, bytes], container: Container) -> None:
    """Check the chain from tag manifest to manifest to every member."""
    if texts[BAGIT_TXT] != BAGIT:
        raise FormatError("The package is not a BagIt 1.0 bag.")
    if texts[TAG_MANIFEST] != manifest(_digests(texts, _TAGS)):
        raise FormatError(f"{TAG_MANIFEST} does not fit the bag.")
    listed = _parse_manifest(texts[MANIFEST])
    found = {member.name for member in container.members} - set(_TAGS) - {TAG_MANIFEST, SIGNATURES}
    if listed.keys() != found or manifest(listed) != texts[MANIFEST]:
        raise FormatError(f"{MANIFEST} does not list exactly what is in the bag.")
    for path, digest in _digests(texts, [path for path in _LIMITS if path in listed]).items():
        if listed[path] != digest:
            raise FormatError(f"{path} differs from its digest in {MANIFEST}.")


def _signers(texts: Mapping[str, bytes], trust: Trust) -> tuple[VerifyKey, ...]:
    threshold = trust.policy.signatures_per_case
    body, signers = open_document(texts[SIGNATURES], KIND, VERSION, trust.reviewers, threshold)
    if body != statement(texts[TAG_MANIFEST]):
        raise SignatureError("The reviewers have signed another package than this one.")
    return signers


def _check_signatures(package: OpenPackage, trust: Trust) -> None:
    if not {signer.name for signer in package.signers} <= set(package.leaf.signers):
        raise SignatureError("The package is signed by somebody whom its leaf in the log does not name.")
    people = len({signer.public for signer in package.signers})
    if people < needed_for(package.record):
        raise SignatureError("A file that leaves the desk as it came asks for the signatures of two reviewers.")
    if people < needed_for(package.record, package.custody):
        raise SignatureError("A case that goes against its source's consent asks for the signatures of two reviewers.")
    if is_overridden(package.custody) and not trust.policy.against_consent:
        raise SignatureError("The case goes against its source's consent, and the organisation's policy forbids that.")
    if any(one.form is Form.ORIGINAL for one in package.record.attachments) and not trust.policy.raw_files:
        raise SignatureError("The package holds a file as it came, and the organisation's policy forbids that.")


def _check_contents(package: OpenPackage, texts: Mapping[str, bytes], container: Container) -> None:
    record = package.record
    digests = _parse_manifest(texts[MANIFEST])
    reports = {name: digests[REPORTS_FOLDER + name] for name in package.reports}
    if {item.name: item.value for item in package.disclosed} != told_values(record, digests[CUSTODY], reports):
        raise FormatError("The package discloses something else than case.json, custody record and reports say.")
    check_disclosed(package.leaf, package.disclosed)
    if texts[SUMMARY] != record.fields["summary"].encode():
        raise FormatError("The summary differs from the one in case.json.")
    sizes = {member.name: member.size for member in container.members}
    payload = [size for path, size in sizes.items() if path in digests]
    if texts[BAG_INFO] != bag_info(record.case, record.revision, payload):
        raise FormatError(f"{BAG_INFO} does not fit the bag.")
    rest = digests.keys() - _LIMITS.keys() - {REPORTS_FOLDER + name for name in package.reports}
    listed = {ATTACHMENTS_FOLDER + one.name: (one.size, one.sha256) for one in record.attachments}
    if listed != {path: (sizes[path], digests[path]) for path in rest}:
        raise FormatError("The package holds other attachments than its case.json lists.")


def _parse_manifest(data: bytes) -> dict[str, str]:
    try:
        lines = data.decode().split("\n")[:-1]
    except UnicodeDecodeError:
        raise FormatError(f"{MANIFEST} is not UTF-8.") from None
    matches = [_LINE.fullmatch(line) for line in lines]
    return {match[2].replace("%25", "%"): match[1] for match in matches if match}


def _digests(texts: Mapping[str, bytes], paths: Collection[str]) -> dict[str, str]:
    return {path: hashlib.sha256(texts[path]).hexdigest() for path in paths}


def _case_leaf(data: bytes) -> CaseLeaf:
    leaf = leaf_from_bytes(data)
    if not isinstance(leaf, CaseLeaf):
        raise FormatError("The leaf in the package is not that of a case.")
    return leaf


def _disclosed(data: bytes) -> tuple[Disclosed, ...]:
    with Fields(from_canonical(data), "disclosure.json") as fields:
        if fields.integer("version") != VERSION:
            raise FormatError("disclosure.json has a version that is not known here.", "Use a newer Khomo.")
        items = fields.each("disclosed", _one_disclosed)
    names = [item.name for item in items]
    if names != sorted(set(names)):
        raise FormatError("disclosure.json is not sorted by name, or names something twice.")
    return items


def _one_disclosed(value: JSON) -> Disclosed:
    with Fields(value, "disclosed value") as fields:
        return Disclosed(fields.text("name"), fields.binary("salt", _SALT).hex(), fields.text("value", VALUE_BYTES))
