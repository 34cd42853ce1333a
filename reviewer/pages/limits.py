"""Sizes and times of the desk's pages, each with its unit and its reason."""

from keys.sealing.limits import KIB

LOCK_AFTER = 10
"""Minutes without a page after which the vault locks itself: a person who was called away."""

LOCK_AFTER_MOST = 60
"""Nobody is to be able to leave a desk open for a day."""

FORM_BYTES = 512 * KIB
"""One form: a letter of 24,000 bytes and a note of 20,000 characters, percent-encoded, fit with room."""

WAIT_SECONDS = 1.0
"""Work that ends so soon is shown as done at once."""

LOOK_AGAIN_SECONDS = 2
"""How often the page of a long work asks how far it is."""

REQUEST_SECONDS = 20.0
"""A connection that says nothing for so long is ended."""

TEXT_CHARACTERS = 200_000
"""Texts of one page of a conversation: what a browser lays out without a pause."""

FILES_A_PAGE = 100
"""Attachments of one page."""

ACTS_A_PAGE = 100
"""Acts of one page of a history."""

NEW_SHOWN = 10
"""Cases that the page of the round names."""

VIEWS = 200
"""Filters and searches that are remembered until the desk locks; the oldest goes first."""

BUNDLES_SHOWN = 50
"""Bundles of one stick that a page offers; more are taken in by their path."""
