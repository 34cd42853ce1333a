"""Limits and lifetimes of the source pages, each with its unit and its reason."""

from __future__ import annotations

from datetime import timedelta

from keys.sealing.limits import KIB, MESSAGE_BYTES

FORM_LIFETIME = timedelta(hours=12)
"""A person may write through a night; after that the form is renewed with the text in it."""

SESSION_IDLE = timedelta(minutes=30)
"""A return visit on a machine that somebody left."""

SESSION_LONGEST = timedelta(hours=2)
"""Whatever a source does, the words are typed again after this."""

MESSAGE_FIELD_BYTES = 3 * MESSAGE_BYTES
"""What a browser can send for a field of MESSAGE_BYTES characters: longer text can still be handed back whole."""

READ_BYTES = 64 * KIB
"""One read from the socket: one chunk of the envelope."""

PART_HEADER_BYTES = 4 * KIB
"""One header line of a part; a file name of 255 characters in any script fits."""

PART_HEADERS = 4
"""Headers of a part; browsers send two."""

FIELDS_PER_FORM = 16
"""Parts that are no files; the largest form of ours has ten."""

SEALED_HEAD_BYTES = 64 * KIB
"""How much of a presealed file is held to look at its head: thirty post-quantum stanzas, a hundred OpenPGP readers."""

TEXT_ROW_BYTES = 256 * KIB
"""Disk that one text row and its mailbox take, with room to spare."""

SILENCE_KEPT = timedelta(minutes=10)
"""How long the answer to "when was the box emptied" is good for: it counts days."""
