"""What a program in the room gives out: frames, each a JSON object and some bytes. Stands alone.

Format: the length of the JSON (4 bytes, most significant first), the length of the bytes (likewise), the JSON in
UTF-8, the bytes. The last frame is ``{"done": true}`` without bytes: what ends without it was cut off.
"""

import json
import struct
import sys
from pathlib import Path

HEAD = struct.Struct(">II")
DONE: dict[str, object] = {"done": True}


def give(fields: dict[str, object], data: bytes = b"") -> None:
    """Write one frame at once: pages are seen as they are ready."""
    text = json.dumps(fields).encode()
    sys.stdout.buffer.write(HEAD.pack(len(text), len(data)) + text + data)
    sys.stdout.buffer.flush()


def task() -> dict[str, object]:
    """Return what the program was asked for."""
    asked: dict[str, object] = json.loads(Path("task.json").read_bytes())
    return asked
