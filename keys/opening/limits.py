"""Costs and lifetimes of keys, each with its unit and its reason."""

KEY_FILE_LOG_N = 18
"""log2 of the scrypt work factor of key files: 256 MiB and about a second, what age itself writes. Beside eight drawn
words (100 bits) it hardly matters; it is for chosen passphrases."""

LOWEST_LOG_N = 14
"""16 MiB: less is for nobody. Rehearsals use it to save time."""

HIGHEST_LOG_N = 20
"""1 GiB: more does not fit beside a desktop on an old laptop."""

PASSPHRASE_CHARACTERS = 15
"""A chosen passphrase, of a key file or of the desk's vault, has at least so many: below that no hash helps for long.
Drawn ones have eight words."""

EPOCH_DAYS = 90
"""How long the pages use one epoch."""

SPARE_DAYS = 5 * 365
"""How long the spare desk waits for the day after a raid."""

LONGEST_EPOCH_DAYS = 10 * 366
"""A typing error in a number of days is noticed."""

SALT_BYTES = 32
"""Salt of an instance: mailboxes of two instances have nothing in common."""
