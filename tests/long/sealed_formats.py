"""Formats of what is sealed or packed: envelopes, containers, submissions, key files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from keys.sealing.age import (
    HYBRID_HEADER_BYTES,
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
from keys.sealing.container_reader import Container
from keys.sealing.errors import FormatError
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.row_check import check_row
from keys.sealing.submission import Lane, Part, Submission, SubmissionHead
from keys.sealing.submission_reader import read_submission
from keys.sealing.submission_writer import SubmissionWriter
from tests.caselog.package_forge import members_of
from tests.keys.sealing import container_forge
from tests.keys.sealing.signers import DESK, EPOCH
from tests.keys.sealing.submission_forge import BARE, FULL
from tests.long.file_mutants import damaged, damaged_json
from tests.long.format_table import (
    Format,
    Promise,
    armored,
    pushed,
    repacked,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from keys.sealing.age.file_key import Identity

CLASSIC = X25519Identity.generate()
PASSPHRASE = "a passphrase for nothing"
CHUNKS = bytes(range(256)) * 600


def envelopes() -> Iterator[Format]:
    """Yield age files, their armor and their keys."""
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
        tuple(map(armored, (*sealed, several))),
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


def submissions() -> Iterator[Format]:
    """Yield containers and rows."""
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
    yield Format("row-outside", Promise.OUTER, (row,), lambda data: check_row(data[:HYBRID_HEADER_BYTES], len(data)))
    yield Format("row", Promise.SEALED, (row,), _row)
    members = members_of(open_sealed(row, [EPOCH]).expose())
    yield Format(
        "row-sealed-by-anybody",
        Promise.OUTER,
        (members["submission.json"],),
        _row,
        damage=damaged_json,
        wrap=lambda data: bytes(seal(repacked(members, "submission.json", data), [EPOCH.recipient()])),
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


def keys() -> Iterator[Format]:
    """Yield key files, sealed and open."""
    files = (KeyFile.of_signing_key(DESK), KeyFile.of_identity(KeyKind.EPOCH, "Desk", "main-1", EPOCH))
    plain = tuple(file.to_json() for file in files)
    locked = tuple(bytes(seal(text, [ScryptRecipient(PASSPHRASE, 2)])) for text in plain)
    key = ScryptIdentity(PASSPHRASE, max_log_n=8)
    yield Format(
        "key-file",
        Promise.SEALED,
        (*locked, armored(locked[0])),
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
