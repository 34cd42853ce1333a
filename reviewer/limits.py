"""Sizes, costs and counts of the desk, each with its unit and its reason."""

from keys.sealing.limits import GIB, KIB, MIB

KDF_OPERATIONS = 3
"""Passes of argon2id over its memory: with the memory below about a second on an old laptop."""

KDF_MEMORY = 256 * MIB
"""Memory of argon2id in bytes: fits a laptop of 4 GiB, and makes a guess dear on rented hardware."""

KDF_MEMORY_MOST = 1 * GIB
"""A damaged or foreign wrap file never makes the desk reach for more memory than this."""

KDF_OPERATIONS_MOST = 16
"""As above, for time."""

WRAP_BYTES = 4 * KIB
"""A wrap file is a few hundred bytes; more is not ours."""

IMPORT_BATCH = 250
"""Rows a transaction: one fsync for so many rows, and so many are done again after a power cut."""

COPY_CHUNK = 256 * KIB
"""Bytes moved at once between two files."""

FICTITIOUS_MAILBOXES = 64
"""Mailboxes that nobody has: the first real ones stand among so many."""

SPOOL_MEMORY = 8 * MIB
"""A sealed row up to here is held in memory while it is opened; larger ones lie, sealed, in the vault."""

LIST_PAGE = 50
"""Lines of one listing: two screens."""

PREVIEW_CHARACTERS = 80
"""Characters of a message that a listing shows."""

SNIPPET_CHARACTERS = 60
"""Characters shown on either side of what a search found."""

SEARCH_HITS = 50
"""Cases that one search answers with."""

NAME_CHARACTERS = 64
"""Names of reviewers, leads and labels."""

NOTE_CHARACTERS = 20_000
"""One note of a reviewer: ten pages."""

PART_LEAST = 64
"""Bytes: a shorter file may stand in another by chance, as an empty line of a table does."""

PART_BEGINNING = 4 * KIB
"""Bytes with which a search for one file in another begins."""

PART_PLACES = 16
"""Places at which a file that begins alike is compared to its end: a page of zeros begins alike everywhere."""

REASON_CHARACTERS = 500
"""Why a name was opened: a few sentences."""

PRESEALED_TEXT_BYTES = 100_000
"""A presealed file up to here that is plain text is read as the message (as long as a message may be)."""

PLACE_CHARACTERS = 200
"""A place in words: an address of several lines on one."""

PERSON_CHARACTERS = 120
"""A name of a person or an organisation, with a title."""

PEOPLE_A_CASE = 200
"""People of one case: more belong into a list among its notes."""

PROFILE_BYTES = 4 * KIB
"""A legal profile is two numbers and where they come from."""

PROFILE_TEXT = 200
"""Characters of a profile's name, or of where a rule is laid down."""

PROFILE_MOST = {"days": 366, "months": 60}
"""What is longer protects no source."""

DUE_SOON_DAYS = 3
"""A due day that is so near is shown: the outbox and the next bundle have to come in between."""

ECHO_WORDS = 4
"""So many words in a row that stand in a source's text too are hardly chance."""

NAME_LEAST = 4
"""Characters: a shorter name of a file or a person stands in other words by chance."""
