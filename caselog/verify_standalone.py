"""Checks a delivery of the case log with this file, Python 3.11 and PyNaCl alone: it needs no other file of Khomo.

A delivery comes sealed; open it first. An age file, with age 1.3 or newer::

    khomo-keys export-identity ~/khomo-lead/identity.key.age -o identity.txt
    age -d -i identity.txt -o delivery.zip khomo-to-lead-anna-000003.age
    rm identity.txt

An OpenPGP message: ``gpg -o delivery.zip -d khomo-to-lead-anna-000003.gpg``. Then::

    python3 verify_standalone.py --root root.pub delivery.zip

It checks, in this order, and says each: the organisation's public bundle (signed by the root), the delivery's note
(signed by a desk), every file's digest, the log's head and its leaves (RFC 6962), which cases the log addresses to the
lead and of which no package came, and each package: enough reviewers' signatures, two and the policy for a file as it
came, every file, that it is addressed to the lead, and that the log commits to all that it tells.
Exit code 0: all of it holds. 1: something does not. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import nacl.exceptions
import nacl.signing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

DASH = "\N{EM DASH} "
ED25519 = b"\x01"
AGE = b"age-encryption.org/"
ARMORED_PGP = b"-----BEGIN PGP MESSAGE-----"
PGP_PACKET = 0x80
BLOCK = 1 << 20
SMALL = 256 << 20
ORIGINALS_NEED = 2
OVERRIDES_NEED = 2
TOLD_OF_ACTS = {
    "overridden": "AGAINST THE CONSENT of its source, as two reviewers signed",
    "corrected": "It takes the place of what came before of this case",
    "withdrawn": "WITHDRAWN: what came before of this case is not to be used any more",
}
REPORTS = "data/reports/"
FILES = {f"data/{name}" for name in ("case.json", "summary.txt", "custody.jsonl", "leaf.json", "disclosure.json")}
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class WrongError(Exception):
    """What does not hold, for people."""


@dataclass(frozen=True)
class Key:
    """A verifier key in C2SP form: ``<name>+<id>+<base64>``."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read it, and check that the id fits."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        blob = unbase64(encoded)
        key = cls(name, blob[1:])
        if blob[:1] != ED25519 or key.id.hex() != key_id:
            raise WrongError(f"{text.strip()[:60]} is not a verifier key")
        return key

    @property
    def id(self) -> bytes:
        """Four bytes that stand before its signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def has_signed(self, text: bytes, line: str) -> bool:
        """Tell whether a signature line is this key's; raise if it only says so."""
        name, _, encoded = line.removeprefix(DASH).partition(" ")
        blob = unbase64(encoded)
        if not line.startswith(DASH) or name != self.name or blob[:4] != self.id:
            return False
        try:
            nacl.signing.VerifyKey(self.public).verify(text, blob[4:])
        except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError):
            raise WrongError(f"the signature of {self.name} is wrong") from None
        return True


def unbase64(text: str) -> bytes:
    """Decode strictly."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise WrongError("a signature or key is not base64") from None


def open_note(note: bytes, keys: Collection[Key], threshold: int = 1) -> tuple[str, list[Key]]:
    """Return the text of a C2SP signed note and who of ``keys`` has signed it, at least ``threshold`` of them."""
    text, middle, signatures = note.decode().rpartition("\n\n")
    signed = (text + "\n").encode()
    lines = signatures.splitlines()
    signers = [key for key in keys if any(key.has_signed(signed, line) for line in lines)]
    if not middle or len({key.public for key in signers}) < threshold:
        raise WrongError(f"fewer than {threshold} of the accepted keys have signed")
    return text + "\n", signers


def open_document(note: bytes, kind: str, keys: Collection[Key], threshold: int = 1) -> tuple[Any, list[Key]]:
    """Return the JSON of a signed document of one kind, and its signers."""
    text, signers = open_note(note, keys, threshold)
    first, _, rest = text.partition("\n")
    if first != f"khomo/{kind}/v1":
        raise WrongError(f"the signed text is not a khomo/{kind}/v1")
    return json.loads(rest), signers


def sha256(data: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def tree_root(leaves: list[bytes]) -> bytes:
    """Return the RFC 6962 root of some leaves."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs] + level[len(level) & ~1 :]
    return level[0]


class Opened:
    """A ZIP file, by path."""

    def __init__(self, source: Any) -> None:
        self.zip = zipfile.ZipFile(source)
        self.paths = [name for name in self.zip.namelist() if name != "padding"]
        if len(set(self.paths)) != len(self.paths):
            raise WrongError("two files have one name")

    def read(self, path: str) -> bytes:
        """Return a small file."""
        if path not in self.paths or self.zip.getinfo(path).file_size > SMALL:
            raise WrongError(f"{path} is missing or too large")
        return self.zip.read(path)

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file of any size, in hex."""
        digest = hashlib.sha256()
        with self.zip.open(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()


def check_delivery(source: Any, root: Key) -> Iterator[str]:
    """Check a delivery and yield what holds."""
    delivery = Opened(source)
    bundle, _ = open_document(delivery.read("public-bundle.note"), "public-bundle", [root])
    yield f"The public bundle of {bundle['organisation']}, serial {bundle['serial']}, is signed by the root."
    desks = [Key.parse(desk["key"]) for desk in bundle["desks"] if not desk["lost"]]
    note, signers = open_document(delivery.read("delivery.note"), "case-delivery", desks)
    desk = next((key for key in signers if key.name == note["desk"]), None)
    if desk is None:
        raise WrongError("the delivery is signed by another desk than it says")
    yield f"Delivery {note['number']} to {note['lead']} is signed by {desk.name}."
    check_files(delivery, note)
    yield f"All {len(note['files'])} files have the digests that the desk signed."
    leaves = check_log(delivery, note, desk)
    yield f"The head at {note['size']} leaves is signed by {desk.name}."
    made = " and give its root." if note["first"] == 0 else "; its root needs the earlier ones too."
    yield f"{len(leaves)} leaves from number {note['first']} came along{made}"
    cases = addressed(leaves, note)
    yield f"Cases that they address to {note['lead']}: {', '.join(map(str, cases)) or 'none'}."
    came = [int(path[9:-4]) for path in delivery.paths if path.startswith("packages/")]
    if absent := sorted(set(cases) - set(came)):
        yield f"MISSING unless an earlier delivery brought them: packages of leaves {', '.join(map(str, absent))}."
    for number in sorted(came):
        if number >= note["first"] and number not in cases:
            raise WrongError(f"package {number}: the log does not address it to {note['lead']}")
        with delivery.zip.open(f"packages/{number}.zip") as file:
            yield check_package(Opened(file), bundle, leaf_at(leaves, number - note["first"]), number)


def check_files(delivery: Opened, note: Any) -> None:
    """Compare every file with the delivery's note."""
    listed = {one["path"]: one["sha256"] for one in note["files"]}
    if listed.keys() != set(delivery.paths) - {"delivery.note"}:
        raise WrongError("the delivery holds other files than its note lists")
    for path, expected in listed.items():
        if delivery.digest(path) != expected:
            raise WrongError(f"{path} differs from its digest")


def check_log(delivery: Opened, note: Any, desk: Key) -> list[bytes]:
    """Check head and leaves, and return the leaves."""
    text, _ = open_note(delivery.read("log/checkpoint.note"), [desk])
    lines = text.split("\n")
    leaves = delivery.read("log/leaves.jsonl").split(b"\n")[:-1]
    expected = [f"khomo/case-log/v1/{desk.name}+{desk.id.hex()}", str(note["size"])]
    if lines[:2] != expected or lines[3:] != [""] or len(leaves) != note["size"] - note["first"]:
        raise WrongError("the log is truncated, or its head is that of another log")
    if note["first"] == 0 and tree_root(leaves) != unbase64(lines[2]):
        raise WrongError("the leaves do not give the head that the desk signed")
    return leaves


def addressed(leaves: list[bytes], note: Any) -> list[int]:
    """Return the numbers of the leaves whose case the desk has addressed to this lead."""
    name = f"lead/{note['lead']}".encode()
    framed = len(name).to_bytes(4, "big") + name + b"addressed"
    found = []
    for number, leaf in enumerate(map(json.loads, leaves), note["first"]):
        if leaf["kind"] == "case":
            salt = hmac.digest(bytes.fromhex(note["address_key"]), bytes.fromhex(leaf["nonce"]), "sha256")[:16]
            if sha256(salt + framed) in leaf["commitments"]:
                found.append(number)
    return found


def leaf_at(leaves: list[bytes], index: int) -> bytes | None:
    """Return a leaf if it came along."""
    return leaves[index] if 0 <= index < len(leaves) else None


def check_package(package: Opened, bundle: Any, leaf: bytes | None, number: int) -> str:
    """Check one package and say what holds."""
    reviewers = [Key.parse(text) for text in bundle["reviewers"]]
    needed = bundle["policy"]["signatures_per_case"]
    tag_manifest = package.read("tagmanifest-sha256.txt")
    body, signers = open_document(package.read("signatures.note"), "case-package", reviewers, needed)
    if body != {"tagmanifest_sha256": sha256(tag_manifest)}:
        raise WrongError(f"package {number}: the reviewers have signed something else")
    check_bag(package, tag_manifest, number)
    if leaf is not None and package.read("data/leaf.json") != leaf:
        raise WrongError(f"package {number}: its leaf is not the one in the log")
    committed = json.loads(package.read("data/leaf.json"))
    if committed["kind"] != "case":
        raise WrongError(f"package {number}: its leaf is not that of a case")
    if not {signer.name for signer in signers} <= set(committed["signers"]):
        raise WrongError(f"package {number}: signed by somebody whom the log does not name")
    case = json.loads(package.read("data/case.json"))
    check_originals(case, signers, bundle, number)
    acts = [json.loads(line)["act"] for line in package.read("data/custody.jsonl").splitlines()]
    check_consent(acts, signers, bundle, number)
    check_contents(package, case, number)
    check_disclosure(json.loads(package.read("data/disclosure.json")), committed, told(case, package), number)
    names = ", ".join(signer.name for signer in signers)
    what = "".join(f" {words}." for act, words in TOLD_OF_ACTS.items() if act in acts)
    case_id = case["case"][:8]
    return f"Package {number}, case {case_id}: signed by {names}; whole; the log commits to all that it tells.{what}"


def check_bag(package: Opened, tag_manifest: bytes, number: int) -> None:
    """Check the chain from tag manifest to manifest to every file."""
    tags = parse_manifest(tag_manifest)
    listed = parse_manifest(package.read("manifest-sha256.txt"))
    if tags.keys() != {"bagit.txt", "bag-info.txt", "manifest-sha256.txt"}:
        raise WrongError(f"package {number}: the tag manifest does not list what it should")
    if listed.keys() != set(package.paths) - tags.keys() - {"tagmanifest-sha256.txt", "signatures.note"}:
        raise WrongError(f"package {number}: it holds other files than its manifest lists")
    for path, expected in {**tags, **listed}.items():
        if package.digest(path) != expected:
            raise WrongError(f"package {number}: {path} differs from its digest")


def parse_manifest(data: bytes) -> dict[str, str]:
    """Read a BagIt manifest."""
    lines = [line.partition("  ") for line in data.decode().splitlines()]
    listed = {path.replace("%25", "%"): digest for digest, _, path in lines}
    again = "".join(f"{listed[path]}  {path.replace('%', '%25')}\n" for path in sorted(listed))
    if again.encode() != data:
        raise WrongError("a manifest is not in its one form")
    return listed


def check_originals(case: Any, signers: list[Key], bundle: Any, number: int) -> None:
    """Check what a file that leaves the desk as it came asks for."""
    if any(one["form"] not in {"remade", "stripped"} for one in case["attachments"]):
        if len({key.public for key in signers}) < ORIGINALS_NEED:
            raise WrongError(f"package {number}: it holds a file as it came, and only one reviewer has signed")
        if not bundle["policy"]["raw_files"]:
            raise WrongError(f"package {number}: it holds a file as it came, and the policy forbids that")


def check_consent(acts: list[str], signers: list[Key], bundle: Any, number: int) -> None:
    """Check what a case that goes against its source's consent asks for."""
    if "overridden" in acts:
        if len({key.public for key in signers}) < OVERRIDES_NEED:
            raise WrongError(
                f"package {number}: it goes against its source's consent, and only one reviewer has signed"
            )
        if not bundle["policy"]["against_consent"]:
            raise WrongError(f"package {number}: it goes against its source's consent, and the policy forbids that")


def check_contents(package: Opened, case: Any, number: int) -> None:
    """Check that the bag holds exactly what its case.json says."""
    listed = parse_manifest(package.read("manifest-sha256.txt"))
    said = {f"data/attachments/{one['name']}": (one["size"], one["sha256"]) for one in case["attachments"]}
    rest = [path for path in listed if path not in FILES and not path.startswith(REPORTS)]
    if said != {path: (package.zip.getinfo(path).file_size, listed[path]) for path in rest}:
        raise WrongError(f"package {number}: it holds other attachments than its case.json lists")
    if not listed.keys() >= FILES or package.read("data/summary.txt") != case["fields"]["summary"].encode():
        raise WrongError(f"package {number}: a file is missing, or the summary is another than in case.json")
    sizes = [package.zip.getinfo(path).file_size for path in listed]
    info = f"External-Identifier: {case['case']} {case['revision']}\nPayload-Oxum: {sum(sizes)}.{len(sizes)}\n"
    if package.read("bag-info.txt") != info.encode() or package.read("bagit.txt") != BAGIT:
        raise WrongError(f"package {number}: its tag files do not fit the bag")


def check_disclosure(disclosure: Any, leaf: Any, values: Mapping[str, str], number: int) -> None:
    """Check that the leaf commits to exactly what the package tells."""
    if disclosure.keys() != {"version", "disclosed"} or disclosure["version"] != 1:
        raise WrongError(f"package {number}: its disclosure is of a form that is not known here")
    names = [one["name"] for one in disclosure["disclosed"]]
    if names != sorted(set(names)) or {one["name"]: one["value"] for one in disclosure["disclosed"]} != values:
        raise WrongError(f"package {number}: it discloses something else than it tells")
    for one in disclosure["disclosed"]:
        name = one["name"].encode()
        framed = bytes.fromhex(one["salt"]) + len(name).to_bytes(4, "big") + name + one["value"].encode()
        if sha256(framed) not in leaf["commitments"]:
            raise WrongError(f"package {number}: the log does not commit to {one['name']}")


def told(case: Mapping[str, Any], package: Opened) -> dict[str, str]:
    """Return every value that a package tells by the name of its commitment."""
    listed = parse_manifest(package.read("manifest-sha256.txt"))
    values = {"case": f"{case['case']} {case['revision']}", "custody": listed["data/custody.jsonl"]}
    values |= {f"field/{name}": value for name, value in case["fields"].items()}
    values |= {f"report/{path[len(REPORTS) :]}": digest for path, digest in listed.items() if path.startswith(REPORTS)}
    for one in case["attachments"]:
        text = json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        values[f"attachment/{one['name']}"] = text
    return values


def present(path: Path) -> Path:
    """Return a path at which a file lies."""
    if not path.is_file():
        raise WrongError(f"{path} is not there, or is no file")
    return path


def opened(path: Path) -> BinaryIO:
    """Open a delivery; says how to unseal one that is still sealed."""
    file = present(path).open("rb")
    start = file.read(len(ARMORED_PGP))
    file.seek(0)
    if start.startswith(AGE):
        file.close()
        raise WrongError(f"{path} is still sealed. Open it first: age -d -i identity.txt -o delivery.zip {path}")
    if start == ARMORED_PGP or (start and start[0] & PGP_PACKET):
        file.close()
        raise WrongError(f"{path} is still encrypted. Open it first: gpg -o delivery.zip -d {path}")
    return file


def main(arguments: list[str] | None = None) -> int:
    """Check the delivery that the command line names."""
    parser = argparse.ArgumentParser(description="Check an opened delivery of the case log.")
    parser.add_argument("--root", type=Path, required=True, help="root.pub: the root key's public half")
    parser.add_argument("delivery", type=Path, help="the opened delivery, a ZIP file")
    given = parser.parse_args(arguments)
    try:
        root = Key.parse(present(given.root).read_text(encoding="utf-8"))
        with opened(given.delivery) as file:
            for line in check_delivery(file, root):
                sys.stdout.write(line + "\n")
    except (WrongError, OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        sys.stdout.write(f"DOES NOT HOLD: {error}\n")
        return 1
    sys.stdout.write("Everything holds.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
