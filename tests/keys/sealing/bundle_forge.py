"""Makes tests/vectors/bundle: ``python -m tests.keys.sealing.bundle_forge``; a test compares the files.

The tars are put together by hand here, so that they do not come from the writer that they test. Accepted is SERVER of
``signers.py``. ``content/`` fails only when its blobs are read.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Sequence
from typing import Any

from keys.sealing.notes import SigningKey, sign, sign_document
from tests.keys.sealing.public_bundle_forge import NOTE as PUBLIC_BUNDLE
from tests.keys.sealing.signers import DESK, NAMESAKE, SERVER, STRANGER
from tests.keys.sealing.vectors import write_vectors

CHAIN = "example.org/server to-desk " + "0a" * 16
OLD_CHAIN = "example.org/server to-desk " + "0b" * 16
ANSWER_CHAIN = "example.org/desk to-server " + "0c" * 16
BLOBS = {"11" * 16: b"first", "22" * 16: b"", "33" * 16: bytes(range(256)) * 3}
END = bytes(1024)
Members = Sequence[tuple[str, bytes]]


def entry(blob_id: str, content: bytes) -> dict[str, Any]:
    """Describe a blob."""
    return {"id": blob_id, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


BODY: dict[str, Any] = {
    "acknowledges": None,
    "blobs": [entry(*blob) for blob in BLOBS.items()],
    "chain": CHAIN,
    "day": "2026-11-20",
    "health": None,
    "left_out": [],
    "number": 1,
    "previous": None,
    "public_bundle": None,
    "resumes": None,
}
HEALTH: dict[str, Any] = {
    "free_bytes": 2**40,
    "published_days": 7,
    "version": "0.1.0",
    "warnings": ["Time to pick up."],
}


def header(name: str, size: int, **changed: Any) -> bytes:
    """Write a ustar header."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    for key, value in changed.items():
        setattr(member, key, value)
    return member.tobuf(tarfile.USTAR_FORMAT)


def whole_blocks(content: bytes) -> bytes:
    """Pad a content to whole blocks."""
    return content + bytes(-len(content) % 512)


def note(key: SigningKey = SERVER, **changed: Any) -> bytes:
    """Sign the manifest, changed; ``...`` leaves a member out."""
    body = {name: value for name, value in (BODY | changed).items() if value is not ...}
    return sign_document("bundle", 1, body, [key])


def tar(manifest: bytes, blobs: Members | None = None, end: bytes = END) -> bytes:
    """Put a bundle together."""
    members = [header("manifest", len(manifest)) + whole_blocks(manifest)]
    members += [
        header(f"blobs/{name}", len(content)) + whole_blocks(content)
        for name, content in (BLOBS.items() if blobs is None else blobs)
    ]
    return b"".join(members) + end


GOOD = tar(note())
EMPTY = tar(note(blobs=[]), ())


def make() -> dict[str, bytes]:
    """Return all vectors by name."""
    made = _accept() | _signature() | _start() | _layout() | _manifest() | _parts() | _content()
    return {f"{name}.tar": content for name, content in made.items()}


def _accept() -> dict[str, bytes]:
    later: dict[str, Any] = {"number": 2, "previous": "ab" * 32}
    resumes = {"chain": OLD_CHAIN, "head": "cd" * 32, "number": 9}
    return {
        "accept/three-blobs": GOOD,
        "accept/no-blobs": EMPTY,
        "accept/second-of-its-chain": tar(note(**later)),
        "accept/with-health": tar(note(health=HEALTH)),
        "accept/some-left-out": tar(note(left_out=["00" * 16, "44" * 16])),
        "accept/restored": tar(note(resumes=resumes)),
        "accept/acknowledges": tar(note(acknowledges={"chain": ANSWER_CHAIN, "number": 4})),
        "accept/with-a-public-bundle": tar(note(public_bundle=PUBLIC_BUNDLE.decode())),
        "accept/manifest-of-whole-blocks": tar(_note_of_whole_blocks()),
    }


def _note_of_whole_blocks() -> bytes:
    room = -len(note(health=HEALTH | {"version": ""})) % 512
    return note(health=HEALTH | {"version": "v" * room})


def _signature() -> dict[str, bytes]:
    return {
        "signature/by-a-stranger": tar(note(STRANGER)),
        "signature/by-a-desk": tar(note(DESK, chain=ANSWER_CHAIN)),
        "signature/by-a-namesake": tar(note(NAMESAKE, chain=ANSWER_CHAIN)),
        "signature/chain-of-another-signer": tar(note(chain=ANSWER_CHAIN)),
        "signature/number-changed": GOOD.replace(b'"number":1', b'"number":2'),
        "signature/day-changed": GOOD.replace(b"2026-11-20", b"2026-11-21"),
    }


def _start() -> dict[str, bytes]:
    good = note()
    rest = GOOD[512:]
    return {
        "format/empty": b"",
        "format/only-zeros": END,
        "format/less-than-a-header": GOOD[:300],
        "format/compressed": b"\x1f\x8b\x08".ljust(1024, b"x"),
        "format/manifest-has-another-name": header("MANIFEST", len(good)) + rest,
        "format/manifest-in-a-folder": header("./manifest", len(good)) + rest,
        "format/manifest-is-a-link": header("manifest", len(good), type=tarfile.SYMTYPE) + rest,
        "format/manifest-of-another-mode": header("manifest", len(good), mode=0o644) + rest,
        "format/manifest-with-a-time": header("manifest", len(good), mtime=1) + rest,
        "format/manifest-with-an-owner": header("manifest", len(good), uname="root") + rest,
        "format/manifest-of-old-gnu-tar": _gnu(header("manifest", len(good))) + rest,
        "format/manifest-with-wrong-checksum": GOOD[:148] + b"000000" + GOOD[154:],
        "format/manifest-with-binary-size": GOOD[:124] + b"\x80" + GOOD[125:],
        "format/manifest-size-not-octal": GOOD[:124] + b"99999999999" + GOOD[135:],
        "format/manifest-larger-than-any": header("manifest", 2**33 - 1) + rest,
        "format/manifest-cut-off": GOOD[:700],
        "format/manifest-padding-not-zero": _but(GOOD, 512 + len(good), b"\x01"),
        "format/extended-header-first": header("pax", 0, type=tarfile.XHDTYPE) + GOOD,
    }


def _gnu(plain: bytes) -> bytes:
    changed = plain[:148] + b" " * 8 + plain[156:257] + b"ustar  \0" + plain[265:]
    return changed[:148] + b"%06o\0 " % sum(changed) + changed[156:]


def _but(whole: bytes, position: int, part: bytes) -> bytes:
    return whole[:position] + part + whole[position + len(part) :]


def _layout() -> dict[str, bytes]:
    blobs = list(BLOBS.items())
    first = GOOD.index(b"blobs/")
    good = note()
    return {
        "format/blob-missing": tar(good, blobs[:2]),
        "format/blob-too-many": tar(good, [*blobs, ("44" * 16, b"")]),
        "format/blobs-in-another-order": tar(good, [blobs[1], blobs[0], blobs[2]]),
        "format/blob-of-another-name": tar(good, [("44" * 16, blobs[0][1]), *blobs[1:]]),
        "format/blob-of-another-size": tar(good, [(blobs[0][0], b"first!"), *blobs[1:]]),
        "format/blob-is-a-link": _but(GOOD, first, header(f"blobs/{blobs[0][0]}", 5, type=tarfile.LNKTYPE)),
        "format/blob-with-a-time": _but(GOOD, first, header(f"blobs/{blobs[0][0]}", 5, mtime=1_700_000_000)),
        "format/blob-padding-not-zero": _but(GOOD, first + 512 + 5, b"\x01"),
        "format/manifest-twice": GOOD[: -len(END)] + GOOD,
        "format/no-end": tar(good, end=b""),
        "format/half-an-end": tar(good, end=END[:512]),
        "format/end-not-zero": tar(good, end=END[:-1] + b"\x01"),
        "format/padded-like-gnu-tar": tar(good, end=END + bytes(-len(GOOD) % 10_240)),
        "format/something-after-the-end": GOOD + b"more",
        "format/cut-off-in-a-blob": GOOD[:-1500],
        "format/cut-off-by-a-byte": GOOD[:-1],
    }


def _manifest() -> dict[str, bytes]:
    first, second, third = BODY["blobs"]
    missing = {f"format/without-{name}": tar(_without(name)) for name in BODY}
    return missing | {
        "format/another-version": tar(sign_document("bundle", 2, BODY, [SERVER])),
        "format/another-kind": tar(sign_document("bundles", 1, BODY, [SERVER])),
        "format/no-json": tar(sign("khomo/bundle/v1\nblobs\n", [SERVER])),
        "format/unknown-member": tar(note(mirror="x")),
        "format/number-zero": tar(note(number=0)),
        "format/first-names-one-before": tar(note(previous="ab" * 32)),
        "format/second-names-none-before": tar(note(number=2)),
        "format/previous-not-sha256": tar(note(number=2, previous="ab")),
        "format/blobs-not-sorted": tar(note(blobs=[second, first, third])),
        "format/blob-twice": tar(note(blobs=[first, first])),
        "format/blob-id-with-a-path": tar(note(blobs=[first | {"id": "../../etc/passwd"}])),
        "format/blob-id-in-capitals": tar(note(blobs=[first | {"id": "AB" * 16}])),
        "format/blob-id-too-short": tar(note(blobs=[first | {"id": "11" * 15}])),
        "format/blob-size-negative": tar(note(blobs=[first | {"size": -1}])),
        "format/blob-larger-than-tar-can-hold": tar(note(blobs=[first | {"size": 2**33}])),
        "format/blob-with-unknown-member": tar(note(blobs=[first | {"name": "x"}])),
        "format/left-out-not-sorted": tar(note(left_out=["44" * 16, "00" * 16])),
        "format/left-out-twice": tar(note(left_out=["44" * 16] * 2)),
        "format/left-out-and-there": tar(note(left_out=[first["id"]])),
        "format/left-out-is-no-row": tar(note(left_out=["44" * 15])),
        "format/day-with-a-time": tar(note(day="2026-11-20T09:00")),
    }


def _without(name: str) -> bytes:
    changed: dict[str, Any] = {name: ...}
    return note(**changed)


def _parts() -> dict[str, bytes]:
    resumes = {"chain": OLD_CHAIN, "head": "cd" * 32, "number": 9}
    answer = {"chain": ANSWER_CHAIN, "number": 4}
    return {
        "format/chain-without-direction": tar(note(chain="example.org/server " + "0a" * 16)),
        "format/chain-of-unknown-direction": tar(note(chain=CHAIN.replace("to-desk", "to-moon"))),
        "format/chain-with-short-random": tar(note(chain=CHAIN[:-2])),
        "format/chain-without-signer": tar(note(chain=CHAIN.replace("example.org/server", ""))),
        "format/health-without-version": tar(note(health={k: v for k, v in HEALTH.items() if k != "version"})),
        "format/health-with-negative-space": tar(note(health=HEALTH | {"free_bytes": -1})),
        "format/health-with-a-number-for-a-warning": tar(note(health=HEALTH | {"warnings": [1]})),
        "format/health-with-unknown-member": tar(note(health=HEALTH | {"uptime": 5})),
        "format/acknowledges-number-zero": tar(note(acknowledges=answer | {"number": 0})),
        "format/acknowledges-ids": tar(note(acknowledges=answer | {"ids": ["11" * 16]})),
        "format/resumes-without-head": tar(note(resumes={k: v for k, v in resumes.items() if k != "head"})),
        "format/resumes-number-zero": tar(note(resumes=resumes | {"number": 0})),
        "format/public-bundle-as-object": tar(note(public_bundle={})),
    }


def _content() -> dict[str, bytes]:
    (first, text), (second, _), (third, _) = BLOBS.items()
    swapped = [entry(first, b"other"), entry(second, b""), entry(third, BLOBS[third])]
    return {
        "content/blob-changed": GOOD.replace(text, b"First"),
        "content/blob-of-another-digest": tar(note(blobs=swapped)),
        "content/empty-blob-of-another-digest": tar(note(blobs=[entry(second, b"x") | {"size": 0}]), [(second, b"")]),
        "content/last-byte-changed": _but(GOOD, GOOD.rindex(b"\xff"), b"\xfe"),
    }


if __name__ == "__main__":
    write_vectors("bundle", make())
