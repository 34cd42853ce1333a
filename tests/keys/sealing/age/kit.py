"""Read the public age test kit (C2SP/CCTV) out of its npm package, where it lies as base64 in a JavaScript file."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

KIT = Path(__file__).parents[4] / "node_modules" / "cctv-age" / "index.js"

_VECTOR = re.compile(r'^// \.\./testdata/(\S+)\n\w+ \w+ = __toBinary\("([A-Za-z0-9+/=]*)"\);', re.MULTILINE)


@dataclass(frozen=True)
class Vector:
    name: str
    expect: str
    payload: str | None
    identities: tuple[str, ...]
    passphrases: tuple[str, ...]
    armored: bool
    file: bytes


def _parse(name: str, raw: bytes) -> Vector:
    head, _, body = raw.partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in head.decode().split("\n")]
    fields = dict(pairs)
    return Vector(
        name=name,
        expect=fields["expect"],
        payload=fields.get("payload"),
        identities=tuple(value for key, value in pairs if key == "identity"),
        passphrases=tuple(value for key, value in pairs if key == "passphrase"),
        armored=fields.get("armored") == "yes",
        file=zlib.decompress(body) if fields.get("compressed") == "zlib" else body,
    )


def load_kit() -> list[Vector]:
    if not KIT.exists():
        raise FileNotFoundError(f"{KIT} is missing: run `npm ci` (`make test` does)")
    return [_parse(name, base64.b64decode(data)) for name, data in _VECTOR.findall(KIT.read_text())]
