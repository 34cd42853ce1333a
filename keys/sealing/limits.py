"""Every size that both sides of the gap must agree on, in bytes unless the name says otherwise, with its reason."""

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

MESSAGE_BYTES = 100_000
"""Text of one report: about forty typed pages in any script; keeps a text-only report in the smallest size class."""

FILES_PER_SUBMISSION = 50
"""More files than people pick by hand; bounds the container's directory."""

SUBMISSION_BYTES = 2 * GIB
"""Sum of the files of one submission: at Tor's 3-4 MB/s about ten minutes."""

CODENAME_FIELD_BYTES = 200
"""Eight words with room for typing errors; refuses the 200 MB field that takes other servers down."""

CODENAME_WORDS = 8
"""More than 100 bits from a list of 5,793 words or more: no guessing, so no slow hash in a request path."""

SALT_BYTES = range(16, 65)
"""Sizes of an instance's salt: long enough that no two instances share one."""

OTHER_FIELD_BYTES = 1 * KIB
"""Any field that is not the message: tokens, choices, names."""

NAME_BYTES = 512
"""A source's name, or a way to be reached: a full name, a place and two numbers in any script. What is sealed of it has
exactly this length."""

FORM_OVERHEAD_BYTES = 64 * KIB
"""Multipart boundaries, headers and small fields around the files."""

LETTER_BYTES = 32 * KIB
"""Every sealed letter, exactly: a row tells nothing about what was answered."""

LETTER_TEXT_BYTES = 24_000
"""What a letter holds before its oldest entries are dropped; leaves room for envelope, signature and JSON."""

SMALLEST_CLASS = 128 * KIB
"""Container of any text-only report: the message limit, its JSON and its directory fit."""

LARGEST_POWER_CLASS = 64 * MIB
"""Up to here classes are powers of two; above, quarter-octave steps, to waste at most a quarter."""

FILE_NAME_BYTES = 255
"""What ext4, NTFS and FAT can all store as one name, in UTF-8."""

AGE_CHUNK = 64 * KIB
"""Plaintext of one STREAM chunk (C2SP age)."""

CONTAINER_MEMBERS = 4096
"""Members of one container, its padding counted: fifty files need 53, a case package a few hundred; bounds memory."""

CONTAINER_NAME_BYTES = 1 * KIB
"""Path of one member: four segments of full length."""

ORIGINAL_NAME_BYTES = 1 * KIB
"""What is kept of a file name as the source gave it: four times what any file system allows."""

ANSWERS_BYTES = 12 * KIB
"""Answers of one report beside its message, as JSON; with the message still in the smallest size class."""

SUBMISSION_JSON_BYTES = 512 * KIB
"""Fifty files whose names need six bytes a byte in JSON, and everything else."""

NOTE_BYTES = 64 * MIB
"""A signed text: the manifest of 400,000 blobs fits."""

NOTE_SIGNATURES = 64
"""Signature lines of one note; C2SP asks for at least 16."""

PUBLIC_BUNDLE_BYTES = MIB
"""The root-signed public bundle: 400 epochs at 2 kB each."""

EPOCH_WARNING_DAYS = 30
"""So long before a desk's last epoch ends, desk and server ask for the next: time for a ceremony, and for two rounds of
the courier, of which one may fail."""

DAYS_WITHOUT_BUNDLE = 14
"""What the policy says if nobody decides otherwise: two weekly rounds of the courier were missed."""

OPENABLE_DAYS = 180
"""How long an epoch stays openable after its pages expire: a message may travel and wait, keys must not outlive it."""

COPY_BYTES = 256 * KIB
"""One read or write while a blob is copied and hashed."""

BLOB_BYTES = 8 * GIB - 1
"""What a ustar header can hold; more than any sealed submission."""
