"""Every format that our readers parse outside the sandbox: valid samples, how to damage them, how to read them.

A reader here returns what the file means, in a form that can be compared. Three promises, one a format keeps:

- SEALED: a changed file is refused, or means what it meant before (white space around armor, a stranger's signature).
- ONE_SPELLING: what is accepted is written again byte for byte: no two files mean the same, none is read half.
- OUTER: only the outside is looked at, or the changed text was signed anew: refused or read, with no other error.
"""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselog.case_record import CaseRecord
from caselog.checkpoint import read_checkpoint
from caselog.custody import custody_from_bytes, custody_to_bytes
from caselog.delivery_reader import read_delivery
from caselog.errors import CaseLogError
from caselog.leaves import FillerLeaf, leaf_from_bytes, leaf_to_bytes
from caselog.package import CasePackage
from caselog.package_reader import read_package
from keys.opening.lead_card import LeadCard
from keys.sealing.age import (
    ArmorWriter,
    OpeningReader,
    ScryptIdentity,
    ScryptRecipient,
    SeekableOpening,
    X25519Identity,
    dearmored,
    open_sealed,
    parse_identities,
    parse_recipient,
    read_header,
    seal,
)
from keys.sealing.age.header import mac_input, mac_line
from keys.sealing.bundle import UntrustedBundle
from keys.sealing.canonical import from_canonical, to_canonical
from keys.sealing.container_reader import Container
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.letter import PLAIN_BYTES, filler_letter, read_letter, write_letter
from keys.sealing.manifest import Manifest
from keys.sealing.notes import SigningKey, VerifyKey, add_signature, open_document, sign_document
from keys.sealing.public_bundle import PublicBundle
from keys.sealing.row_check import check_row
from keys.sealing.submission import Lane, Part, Submission, SubmissionHead
from keys.sealing.submission_reader import read_submission
from keys.sealing.submission_writer import SubmissionWriter
from tests.caselog import world
from tests.keys.sealing import bundle_forge, container_forge, letter_forge, public_bundle_forge
from tests.keys.sealing.note_forge import line as note_line
from tests.keys.sealing.signers import DESK, EPOCH, LEAD, ROOT, SERVER, SOURCE, STRANGER
from tests.keys.sealing.test_submission import BARE, FULL
from tests.long.file_mutants import damaged, damaged_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from caselog.delivery import DeliveredPackage
    from keys.sealing.age.file_key import Identity

CLASSIC = X25519Identity.generate()
PASSPHRASE = "a passphrase for nothing"
CHUNKS = bytes(range(256)) * 600


class Promise(Enum):
    """What holds for a damaged file beside "no other error"."""

    SEALED = auto()
    ONE_SPELLING = auto()
    OUTER = auto()


@dataclass(frozen=True)
class Format:
    """One row of the table.

    Args:
        samples: valid files, or valid inner texts where ``wrap`` signs or packs them.
        read: returns what a file means; for ONE_SPELLING the file written again.
        errors: the family of errors by which a file is refused.
        damage: makes a damaged text of a sample.
        wrap: makes a whole file of a damaged text.
        files: how many to try.
    """

    name: str
    promise: Promise
    samples: tuple[bytes, ...]
    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = (FormatError,)
    damage: Callable[..., bytes] = damaged
    wrap: Callable[[bytes], bytes] = bytes
    files: int = 5000


ONE_MEMBER = 1000
"""Files with one member of a package damaged and all checksums right."""

SIGNED = (FormatError, SignatureError)
HANDED_OVER = (CaseLogError,)


def pushed(write: Callable[[Callable[[bytes], object]], object]) -> bytes:
    """Return all that a push writer gives its sink."""
    parts: list[bytes] = []
    write(parts.append)
    return b"".join(parts)


def _armored(data: bytes) -> bytes:
    def write(sink: Callable[[bytes], object]) -> None:
        writer = ArmorWriter(sink)
        writer.write(data)
        writer.finish()

    return pushed(write)


def _envelopes() -> Iterator[Format]:
    classic, hybrid = CLASSIC.recipient(), EPOCH.recipient()
    sealed = tuple(seal(text, [to]) for text in (b"", b"a report") for to in (classic, hybrid))
    locked = seal(b"key", [ScryptRecipient(PASSPHRASE, 2)])
    several = seal(
        b"for three", [classic, X25519Identity.generate().recipient(), X25519Identity.generate().recipient()]
    )
    long = seal(CHUNKS, [classic])
    keys: list[Identity] = [CLASSIC, EPOCH, ScryptIdentity(PASSPHRASE, max_log_n=8)]
    yield Format("age-header", Promise.ONE_SPELLING, (*sealed, locked, several), _header_again)
    yield Format("age-file", Promise.SEALED, (*sealed, locked, several), lambda data: open_sealed(data, keys).expose())
    yield Format("age-payload", Promise.SEALED, (long,), lambda data: OpeningReader(io.BytesIO(data), keys).read())
    yield Format(
        "age-payload-end-first", Promise.SEALED, (long,), lambda data: SeekableOpening(io.BytesIO(data), keys).read()
    )
    yield Format(
        "age-armor",
        Promise.SEALED,
        tuple(map(_armored, (*sealed, several))),
        lambda data: OpeningReader(dearmored(io.BytesIO(data)), keys).read(),
    )
    texts = tuple(str(one).encode() for one in (classic, hybrid))
    yield Format(
        "age-recipient", Promise.SEALED, texts, lambda data: parse_recipient(data.decode(errors="replace").strip())
    )
    secrets = tuple(f"# a key\n{one.expose()}\n".encode() for one in (CLASSIC, EPOCH))
    yield Format("age-identity", Promise.SEALED, secrets, _identities)


def _header_again(data: bytes) -> bytes:
    header = read_header(io.BytesIO(data))
    assert header.length <= len(data)
    return mac_input(header.stanzas) + mac_line(header.mac) + data[header.length :]


def _identities(data: bytes) -> set[str]:
    return {str(one.recipient()) for one in parse_identities(data.decode(errors="replace"))}


def _container_again(data: bytes) -> bytes:
    """Read every byte of a container and write it again."""
    container = Container.read(io.BytesIO(data))
    container.check_padding()
    read = [(member.name, container.open(member.name).read()) for member in container.members]
    return container_forge.written(*read)


def _repacked(members: dict[str, bytes], changed: str, data: bytes) -> bytes:
    return container_forge.written(*(members | {changed: data}).items())


def _members(data: bytes) -> dict[str, bytes]:
    container = Container.read(io.BytesIO(data))
    return {member.name: container.open(member.name).read() for member in container.members}


def _submissions() -> Iterator[Format]:
    samples = (container_forge.written(*container_forge.THREE), container_forge.written(container_forge.JSON))
    yield Format("container", Promise.ONE_SPELLING, samples, _container_again)
    ends = tuple(sample[-600:] for sample in samples)
    for number, sample in enumerate(samples):
        front = sample[: -len(ends[number])]
        yield Format(
            f"container-end-{number}",
            Promise.ONE_SPELLING,
            (ends[number],),
            _container_again,
            damage=_keeping_length,
            wrap=front.__add__,
        )
    texts = (FULL.to_json(), BARE.to_json())
    yield Format(
        "submission.json",
        Promise.ONE_SPELLING,
        texts,
        lambda data: Submission.from_json(data).to_json(),
        damage=damaged_json,
    )
    row = pushed(_write_row)
    yield Format("row-outside", Promise.OUTER, (row,), lambda data: check_row(io.BytesIO(data)))
    yield Format("row", Promise.SEALED, (row,), _row)
    members = _members(open_sealed(row, [EPOCH]).expose())
    yield Format(
        "row-sealed-by-anybody",
        Promise.OUTER,
        (members["submission.json"],),
        _row,
        damage=damaged_json,
        wrap=lambda data: bytes(seal(_repacked(members, "submission.json", data), [EPOCH.recipient()])),
    )


def _keeping_length(sample: bytes, chance: Any, others: Sequence[bytes]) -> bytes:
    """Damage without moving the end: what decides about a ZIP stands there."""
    data = damaged(sample, chance, others)
    return sample[: len(sample) - len(data)] + data if len(data) < len(sample) else data[-len(sample) :]


def _write_row(sink: Callable[[bytes], object]) -> None:
    writer = SubmissionWriter(EPOCH.recipient(), sink)
    writer.write_message(b"The river was blue.")
    writer.start_file("picture.jpg")
    writer.write(b"\xff\xd8" * 300)
    writer.end_file()
    writer.finish(SubmissionHead(report=bytes(16), part=Part.MESSAGE, lane=Lane.ARRIVAL))


def _row(data: bytes) -> object:
    opened = read_submission(io.BytesIO(data), [EPOCH])
    files = [opened.open(file.member).read() for file in opened.submission.files]
    return opened.submission, opened.message and opened.message.expose(), files


def _signed_again(kind: str, key: SigningKey) -> Callable[[bytes], bytes]:
    """Sign a damaged text as it is, canonical JSON or not."""

    def wrap(data: bytes) -> bytes:
        text = f"khomo/{kind}/v1\n".encode() + data + b"\n"
        return text + b"\n" + note_line(key, key.verify_key.key_id + key.sign(text))

    return wrap


def _body(note: bytes) -> bytes:
    return note.split(b"\n")[1]


def _notes() -> Iterator[Format]:
    body = to_canonical({"list": [1, 2, {"a": None}], "text": "r\u00edo \u0646\u0647\u0631\n", "yes": True})
    yield Format(
        "canonical-json", Promise.ONE_SPELLING, (body, b"[]", b'"a"'), lambda data: to_canonical(from_canonical(data))
    )
    yield Format(
        "canonical-json-deep",
        Promise.ONE_SPELLING,
        (body, FULL.to_json()),
        lambda data: to_canonical(from_canonical(data)),
        damage=damaged_json,
    )
    note = sign_document("example", 1, {"a": [1, "b"]}, [DESK])
    notes = (note, add_signature(note, SERVER), add_signature(note, STRANGER))
    yield Format(
        "signed-note",
        Promise.SEALED,
        notes,
        lambda data: open_document(data, "example", 1, [DESK.verify_key])[0],
        SIGNED,
    )
    keys = tuple(str(key.verify_key).encode() for key in (DESK, ROOT))
    yield Format(
        "verifier-key",
        Promise.ONE_SPELLING,
        keys,
        lambda data: str(VerifyKey.parse(data.decode(errors="replace"))).encode(),
    )

    read = partial(PublicBundle.from_note, root=ROOT.verify_key)
    yield Format("public-bundle", Promise.SEALED, (public_bundle_forge.NOTE,), read, SIGNED)
    yield Format(
        "public-bundle-by-the-root",
        Promise.ONE_SPELLING,
        (_body(public_bundle_forge.NOTE),),
        lambda data: read(data).to_note(ROOT),
        SIGNED,
        damaged_json,
        _signed_again("public-bundle", ROOT),
    )
    card = LeadCard("anna", LEAD.verify_key, str(SOURCE.recipient()), "armored")
    yield Format("lead-card", Promise.SEALED, (card.to_note(LEAD),), LeadCard.from_note, SIGNED)
    yield Format(
        "lead-card-by-the-lead",
        Promise.ONE_SPELLING,
        (_body(card.to_note(LEAD)),),
        lambda data: LeadCard.from_note(data).to_note(LEAD),
        SIGNED,
        damaged_json,
        _signed_again("lead", LEAD),
    )


def _keys() -> Iterator[Format]:
    files = (KeyFile.of_signing_key(DESK), KeyFile.of_identity(KeyKind.EPOCH, "Desk", "main-1", EPOCH))
    plain = tuple(file.to_json() for file in files)
    locked = tuple(bytes(seal(text, [ScryptRecipient(PASSPHRASE, 2)])) for text in plain)
    key = ScryptIdentity(PASSPHRASE, max_log_n=8)
    yield Format(
        "key-file",
        Promise.SEALED,
        (*locked, _armored(locked[0])),
        lambda data: open_sealed(dearmored(io.BytesIO(data)).read(), [key]).expose(),
    )
    yield Format("key-file-open", Promise.ONE_SPELLING, plain, _key_file, damage=damaged_json)


def _key_file(data: bytes) -> bytes:
    file = KeyFile.from_json(data)
    try:
        _ = file.signing_key() if file.kind is KeyKind.SIGNING else file.identity()
    except FormatError:
        return data
    return file.to_json()


def _letters() -> Iterator[Format]:
    to = SOURCE.recipient()
    sealed = (write_letter(letter_forge.LETTER, DESK, to), filler_letter(letter_forge.ADDRESS, SERVER, to))
    yield Format("letter", Promise.SEALED, tuple(map(bytes, sealed)), _letter, SIGNED)
    inner = next(iter(letter_forge.make().values()))
    body = to_canonical(json.loads(_body(inner)) | {"padding": ""})
    yield Format("letter-by-a-desk", Promise.OUTER, (body,), _letter, SIGNED, damaged_json, _lettered)


def _letter(data: bytes) -> object:
    desks, servers = [DESK.verify_key], [SERVER.verify_key]
    return read_letter(data, SOURCE, letter_forge.ADDRESS, desks, servers)


def _lettered(data: bytes) -> bytes:
    """Pad, sign and seal what a desk says, whatever it says."""
    signed = _signed_again("letter", DESK)
    room = max(0, PLAIN_BYTES - len(signed(data)))
    return bytes(seal(signed(data.replace(b'"padding":""', b'"padding":"%s"' % (b" " * room))), [SOURCE.recipient()]))


@cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="khomo-mutants-")) / "bundle.tar"


def _bundle(data: bytes) -> object:
    _scratch().write_bytes(data)
    bundle = UntrustedBundle(_scratch()).verify([SERVER.verify_key])
    return bundle.manifest, [(entry, blob.read()) for entry, blob in bundle.blobs()]


def _bundles() -> Iterator[Format]:
    health = bundle_forge.tar(bundle_forge.note(health=bundle_forge.HEALTH))
    yield Format("bundle", Promise.SEALED, (bundle_forge.GOOD, bundle_forge.EMPTY, health), _bundle, SIGNED)
    body = _body(
        bundle_forge.note(
            health=bundle_forge.HEALTH, resumes={"chain": bundle_forge.OLD_CHAIN, "head": "cd" * 32, "number": 9}
        )
    )
    signed = _signed_again("bundle", SERVER)
    yield Format(
        "manifest-by-the-server",
        Promise.ONE_SPELLING,
        (body,),
        lambda data: Manifest.from_note(data, [SERVER.verify_key]).to_note(SERVER),
        SIGNED,
        damaged_json,
        signed,
    )
    yield Format(
        "bundle-by-the-server",
        Promise.OUTER,
        (body,),
        _bundle,
        SIGNED,
        damaged_json,
        lambda data: bundle_forge.tar(signed(data)),
    )


def _cases() -> Iterator[Format]:
    desk = world.DeskOf()
    file = world.file_of("gate.png", b"\x89PNG" * 50)
    record = CaseRecord(world.CASE, 1, world.FIELDS, (world.attachment_of(file),))
    committed = desk.commit(record, custody=world.custody())
    case = CasePackage.of(committed, record, world.custody(), [file])
    whole = world.written(case)
    yield Format("case-package", Promise.SEALED, (whole,), _package, SIGNED)
    members = _members(whole)
    for name in sorted(members):
        yield Format(
            f"case-package-{name}",
            Promise.SEALED,
            (members[name],),
            _package,
            SIGNED,
            damaged_json if name.endswith(".json") else damaged,
            partial(_repacked, members, name),
            files=ONE_MEMBER,
        )
    yield Format(
        "case.json",
        Promise.ONE_SPELLING,
        (members["data/case.json"],),
        lambda data: CaseRecord.from_json(data).to_json(),
        damage=damaged_json,
    )
    yield Format(
        "custody.jsonl",
        Promise.ONE_SPELLING,
        (members["data/custody.jsonl"] * 2,),
        lambda data: custody_to_bytes(custody_from_bytes(data)),
    )
    leaves = (leaf_to_bytes(committed.leaf), leaf_to_bytes(FillerLeaf.draw()))
    yield Format(
        "leaf", Promise.ONE_SPELLING, leaves, lambda data: leaf_to_bytes(leaf_from_bytes(data)), damage=damaged_json
    )
    yield from _deliveries(desk, world.delivered_bytes(whole, desk.append(committed.leaf)))


def _package(data: bytes) -> object:
    package = read_package(io.BytesIO(data), world.trust())
    package.read_everything()
    attachments = [package.open_attachment(one.name).read() for one in package.record.attachments]
    return package.record, package.leaf_data, package.disclosed, package.custody, package.signers, attachments


def _deliveries(desk: world.DeskOf, package: DeliveredPackage) -> Iterator[Format]:
    whole = world.in_the_clear(desk.delivery(package))
    key = desk.key
    heads = (desk.checkpoint, add_signature(desk.checkpoint, world.key("lead/anna")))
    yield Format(
        "checkpoint", Promise.SEALED, heads, lambda data: read_checkpoint(data, key.verify_key).checkpoint, SIGNED
    )
    yield Format("delivery", Promise.SEALED, (whole,), _delivery, HANDED_OVER)
    members = _members(whole)
    for name in sorted(set(members) - {"delivery.note"}):
        yield Format(
            f"delivery-{name}",
            Promise.SEALED,
            (members[name],),
            _delivery,
            HANDED_OVER,
            wrap=partial(_repacked, members, name),
            files=ONE_MEMBER,
        )
    signed = _signed_again("case-delivery", key)
    yield Format(
        "delivery-by-a-desk",
        Promise.OUTER,
        (_body(members["delivery.note"]),),
        _delivery,
        HANDED_OVER,
        damaged_json,
        lambda data: _repacked(members, "delivery.note", signed(data)),
    )


def _delivery(data: bytes) -> object:
    bundle = world.public_bundle()
    opened = read_delivery(io.BytesIO(data), world.key("root").verify_key, (bundle, world.bundle_note(bundle)), "anna")
    try:
        packages = [opened.open_package(leaf).read() for leaf in sorted(opened.packages)]
    except FormatError as error:
        raise CaseLogError(str(error)) from error
    return opened.note, opened.desk, opened.bundle, opened.leaves, opened.head.checkpoint, packages


@cache
def formats() -> dict[str, Format]:
    """Return the table by name."""
    every = (_envelopes(), _submissions(), _notes(), _keys(), _letters(), _bundles(), _cases())
    return {one.name: one for group in every for one in group}
