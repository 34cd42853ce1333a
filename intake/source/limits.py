"""Limits and lifetimes of the source pages, each with its unit and its reason."""

from __future__ import annotations

from datetime import timedelta

from keys.sealing.limits import KIB, MESSAGE_BYTES, MIB, OTHER_FIELD_BYTES

FORM_LIFETIME = timedelta(hours=12)
"""A person may write through a night; after that the form is renewed with the text in it."""

SESSION_IDLE = timedelta(minutes=30)
"""A return visit on a machine that somebody left."""

SESSION_LONGEST = timedelta(hours=2)
"""Whatever a source does, the words are typed again after this."""

MESSAGE_FIELD_BYTES = 3 * MESSAGE_BYTES
"""What a browser can send for a field of MESSAGE_BYTES characters: longer text can still be handed back whole."""

NEVER_FIELD_BYTES = 3 * OTHER_FIELD_BYTES
"""As for the text: what is longer than its limit is cut at a letter, not refused with the text."""

NAME_FIELD_BYTES = 8 * KIB
"""Far above what the field lets through: a name that is too long is handed back with the form."""

LONGEST_CHOICE = 40
"""Letters of a code: what was typed is longer, as a rule."""

PRACTICE_WORD = 4
"""Which of the eight words is asked for practice: one in the middle, that nobody remembers by chance."""

READ_BYTES = 64 * KIB
"""One read from the socket: one chunk of the envelope."""

PART_HEADER_BYTES = 4 * KIB
"""One header line of a part; a file name of 255 characters in any script fits."""

PART_HEADERS = 4
"""Headers of a part; browsers send two."""

FIELDS_PER_FORM = 16
"""Parts that are no files and answer no question of the operator's form; the form on a receipt has as many."""

QUESTIONS_BYTES = 48 * KIB
"""What all answers of one page may be while they are read: four times what is sealed, so that too much is handed back
with the text instead of being cut off."""

QUESTION_HEADER_BYTES = 512
"""Headers and boundary of one answer; browsers send a third of it."""

SEALED_HEAD_BYTES = 64 * KIB
"""How much of a presealed file is held to look at its head: thirty post-quantum stanzas, a hundred OpenPGP readers."""

TEXT_ROW_BYTES = 256 * KIB
"""Disk that one text row and its mailbox take, with room to spare."""

LEAST_ROOM_BYTES = 16 * MIB
"""With less room for files than a few photos take, it is kinder to say before one chooses them that there is none."""

SILENCE_KEPT = timedelta(minutes=10)
"""How long the answer to "when was the box emptied" is good for: it counts days."""
