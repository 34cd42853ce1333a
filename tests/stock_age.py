"""Seals with npm's age-encryption, an implementation by other hands, as ``age -R`` does."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INTEROP = Path(__file__).parent / "keys/sealing/age/interop.mjs"


def seal_for(recipients: Sequence[str], content: bytes) -> bytes:
    """Seal a file for these recipients."""
    task = {"seal": base64.b64encode(content).decode(), "recipients": list(recipients)}
    done = subprocess.run(
        ["node", str(INTEROP)], input=json.dumps([task]).encode(), capture_output=True, check=True, timeout=120
    )
    return base64.b64decode(json.loads(done.stdout)[0])
