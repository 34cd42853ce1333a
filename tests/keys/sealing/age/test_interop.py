"""Files go both ways with npm's age-encryption, an implementation by other hands."""

from __future__ import annotations

import base64
import io
import json
import secrets
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from keys.sealing.age import (
    ArmorReader,
    ArmorWriter,
    HybridIdentity,
    Identity,
    OpeningReader,
    Recipient,
    ScryptIdentity,
    ScryptRecipient,
    X25519Identity,
    open_sealed,
    parse_identities,
    seal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPT = Path(__file__).with_name("interop.mjs")
SIZES = (0, 1, 65_535, 65_536, 65_537, 131_072, 131_073)
PASSPHRASE = "كلمة السر – naïve 扉"  # noqa: RUF001 - other scripts than ASCII on purpose


def other(tasks: list[Mapping[str, object]]) -> list[Any]:
    """Let the other implementation do a list of tasks."""
    done = subprocess.run(
        ["node", SCRIPT], input=json.dumps(tasks), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    results: list[Any] = json.loads(done.stdout)
    return results


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("kind", [X25519Identity, HybridIdentity])
def test_the_other_opens_what_we_seal(kind: type[X25519Identity | HybridIdentity]) -> None:
    mine, others = kind.generate(), kind.generate()
    recipients: list[Recipient] = [others.recipient(), mine.recipient()]
    plaintexts = [secrets.token_bytes(size) for size in SIZES]
    opened = other([{"open": b64(seal(text, recipients)), "identities": [mine.expose()]} for text in plaintexts])
    assert [base64.b64decode(text) for text in opened] == plaintexts


@pytest.mark.parametrize("kind", [X25519Identity, HybridIdentity])
def test_we_open_what_the_other_seals(kind: type[X25519Identity | HybridIdentity]) -> None:
    identities: list[Identity] = [kind.generate(), kind.generate()]
    plaintexts = [secrets.token_bytes(size) for size in SIZES]
    recipients = [str(kind.generate().recipient()), *(str(identity.recipient()) for identity in identities)]  # type: ignore[attr-defined]
    sealed = other([{"seal": b64(text), "recipients": recipients} for text in plaintexts])
    for identity in identities:
        opened = [open_sealed(base64.b64decode(text), [identity]).expose() for text in sealed]
        assert opened == plaintexts


@pytest.mark.parametrize("kind", ["hybrid", "x25519"])
def test_both_derive_the_same_recipient_from_an_identity(kind: str) -> None:
    for made in other([{"generate": kind}] * 8):
        (identity,) = parse_identities(made["identity"])
        assert str(identity.recipient()) == made["recipient"]
        assert identity.expose() == made["identity"]


def test_passphrase_files_go_both_ways() -> None:
    sealed = seal(b"by passphrase", [ScryptRecipient(PASSPHRASE, log_n=10)])
    opened, theirs = other(
        [{"open": b64(sealed), "passphrase": PASSPHRASE}, {"seal": b64(b"theirs"), "passphrase": PASSPHRASE}]
    )
    assert base64.b64decode(opened) == b"by passphrase"
    assert open_sealed(base64.b64decode(theirs), [ScryptIdentity(PASSPHRASE)]).expose() == b"theirs"


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 100_000])
def test_armored_files_go_both_ways(size: int) -> None:
    identity = HybridIdentity.generate()
    plaintext = secrets.token_bytes(size)
    pieces: list[bytes] = []
    writer = ArmorWriter(pieces.append)
    writer.write(seal(plaintext, [identity.recipient()]))
    writer.finish()
    opened, theirs = other(
        [
            {"open": b"".join(pieces).decode(), "identities": [identity.expose()], "armor": True},
            {"seal": b64(plaintext), "recipients": [str(identity.recipient())], "armor": True},
        ]
    )
    assert base64.b64decode(opened) == plaintext
    assert OpeningReader(ArmorReader(io.BytesIO(theirs.encode())), [identity]).read() == plaintext
