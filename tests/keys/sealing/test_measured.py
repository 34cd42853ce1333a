"""What passes through a measured sink is counted and digested, once."""

from __future__ import annotations

import hashlib

from keys.sealing.measured import Measured


def test_what_passes_is_counted_and_digested() -> None:
    parts: list[bytes] = []
    measured = Measured(parts.append)
    measured(b"The river ")
    measured(b"was blue.")
    assert parts == [b"The river ", b"was blue."]
    assert (measured.size, measured.hexdigest()) == (19, hashlib.sha256(b"The river was blue.").hexdigest())


def test_a_digest_that_the_sink_makes_is_not_made_again() -> None:
    measured = Measured(lambda _data: None, lambda: "of the sink")
    measured(b"sealed")
    assert (measured.size, measured.hexdigest()) == (6, "of the sink")
