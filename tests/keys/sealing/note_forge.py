"""Makes tests/vectors/signed-texts: right notes, and one for each way of being wrong.

``python -m tests.keys.sealing.note_forge`` writes them again; a test compares them with the files.
Accepted is the desk's key of ``signers.py``; the documents are of kind ``example``, version 1.
"""

from __future__ import annotations

import base64

from keys.sealing.notes import SigningKey, add_signature, sign, sign_document
from tests.keys.sealing.signers import DESK, NAMESAKE, SERVER, STRANGER
from tests.keys.sealing.vectors import write_vectors

TEXT = "khomo/example/v1\n{}\n"
GOOD = sign(TEXT, [DESK])


def document(body: str, first_line: str = "khomo/example/v1") -> bytes:
    """Sign lines as they are."""
    return sign(f"{first_line}\n{body}\n", [DESK])


def line(key: SigningKey, blob: bytes) -> bytes:
    """Write a signature line around any bytes."""
    return f"\N{EM DASH} {key.name} {base64.b64encode(blob).decode()}\n".encode()


def make() -> dict[str, bytes]:
    """Return all vectors by name."""
    return {f"{name}.note": note for name, note in (_accept() | _signature() | _format() | _document()).items()}


def _accept() -> dict[str, bytes]:
    return {
        "accept/one-signature": GOOD,
        "accept/empty-line-in-the-text": sign("khomo/example/v1\n\n{}\n", [DESK]),
        "accept/empty-line-at-the-end-of-the-text": sign("khomo/example/v1\n\n", [DESK]),
        "accept/signature-line-inside-the-text": sign(GOOD.decode(), [DESK]),
        "accept/stranger-signed-too": add_signature(GOOD, STRANGER),
        "accept/namesake-signed-too": add_signature(GOOD, NAMESAKE),
        "accept/wrong-signature-of-a-stranger": GOOD + line(STRANGER, STRANGER.verify_key.key_id + bytes(64)),
        "accept/unknown-kind-of-signature": GOOD + line(SERVER, b"abcd" + bytes(3000)),
        "accept/same-signature-twice": GOOD + GOOD[len(TEXT) + 1 :],
        "accept/other-scripts": sign("khomo/example/v1\n\u0635\u0648\u0631\u0629 \U0001f6aa\n", [DESK]),
    }


def _signature() -> dict[str, bytes]:
    mark, right = DESK.verify_key.key_id, DESK.sign(TEXT.encode())
    start = TEXT.encode() + b"\n"
    return {
        "signature/text-changed": GOOD.replace(b"{}", b"[]"),
        "signature/newline-added": GOOD.replace(b"{}\n", b"{}\n\n"),
        "signature/stranger": sign(TEXT, [STRANGER]),
        "signature/namesake": sign(TEXT, [NAMESAKE]),
        "signature/bit-flipped": start + line(DESK, mark + bytes([right[0] ^ 1]) + right[1:]),
        "signature/zero": start + line(DESK, mark + bytes(64)),
        "signature/cut-short": start + line(DESK, mark + right[:63]),
        "signature/too-long": start + line(DESK, mark + right + b"\0"),
        "signature/by-another-key-under-this-id": start + line(DESK, mark + STRANGER.sign(TEXT.encode())),
        "signature/right-one-then-wrong-one": GOOD + line(DESK, mark + bytes(64)),
        "signature/of-text-without-its-newline": start + line(DESK, mark + DESK.sign(TEXT[:-1].encode())),
    }


def _format() -> dict[str, bytes]:
    signature = GOOD[len(TEXT) + 1 :]
    return {
        "format/empty": b"",
        "format/only-newlines": b"\n\n\n",
        "format/no-signature": TEXT.encode(),
        "format/no-signature-after-the-empty-line": TEXT.encode() + b"\n",
        "format/no-empty-line": TEXT.encode() + signature,
        "format/no-newline-at-the-end": GOOD[:-1],
        "format/text-after-the-signatures": GOOD + b"more\n",
        "format/empty-line-after-the-signatures": GOOD + b"\n",
        "format/hyphen-instead-of-dash": GOOD.replace("\N{EM DASH}".encode(), b"-"),
        "format/no-key-name": GOOD.replace(b" example.org/desk", b""),
        "format/empty-key-name": GOOD.replace(b"example.org/desk", b""),
        "format/plus-in-the-key-name": GOOD.replace(b"example.org/desk", b"example+org"),
        "format/wide-space-in-the-key-name": GOOD.replace(b"example.org/desk", "example\u3000org".encode()),
        "format/very-long-key-name": GOOD.replace(b"example.org/desk", b"e" * 201),
        "format/signature-without-content": TEXT.encode() + b"\n" + line(DESK, DESK.verify_key.key_id),
        "format/base64-without-padding": GOOD.replace(b"=", b""),
        "format/base64-with-other-trailing-bits": GOOD[:-3] + bytes([GOOD[-3] + 1]) + GOOD[-2:],
        "format/base64-with-a-space": GOOD[:-9] + b" " + GOOD[-9:],
        "format/base64-for-addresses": GOOD.replace(b"+", b"-").replace(b"/", b"_"),
        "format/control-character": GOOD.replace(b"{}", b"{\t}"),
        "format/carriage-returns": GOOD.replace(b"\n", b"\r\n"),
        "format/nul": GOOD.replace(b"{}", b"\0"),
        "format/not-utf-8": GOOD.replace(b"{}", b"\xff"),
        "format/utf-8-of-a-surrogate": GOOD.replace(b"{}", b"\xed\xa0\x80"),
        "format/too-many-signatures": GOOD + signature * 64,
    }


def _document() -> dict[str, bytes]:
    return {
        "accept-document/one-member": document('{"a":1}'),
        "document/another-kind": document("{}", "khomo/exemple/v1"),
        "document/another-version": document("{}", "khomo/example/v2"),
        "document/kind-begins-alike": document("{}", "khomo/example/v1 "),
        "document/no-first-line": sign("{}\n", [DESK]),
        "document/no-body": sign("khomo/example/v1\n", [DESK]),
        "document/list-for-a-body": document("[]"),
        "document/two-bodies": document("{}\n{}"),
        "document/empty-line-before-the-body": document("\n{}"),
        "document/spaces-in-the-body": document('{"a": 1}'),
        "document/names-not-sorted": document('{"b":1,"a":1}'),
        "document/name-twice": document('{"a":1,"a":1}'),
    } | {"accept-document/signed-by-two": sign_document("example", 1, {}, [DESK, SERVER])}


if __name__ == "__main__":
    write_vectors("signed-texts", make())
