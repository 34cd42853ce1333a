"""What can be wrong with an age file; one class for each class of failure of the public test kit."""

from keys.sealing.errors import FormatError


class AgeError(FormatError):
    """An age file, recipient or identity is not what it should be."""


class HeaderError(AgeError):
    """The header is malformed, or a stanza in it is."""


class NoMatchError(AgeError):
    """The header is well formed, but none of the identities opens it."""


class HmacError(AgeError):
    """The header was changed after it was written."""


class PayloadError(AgeError):
    """The payload is damaged, truncated, or goes on after its end."""


class ArmorError(AgeError):
    """The text encoding around an age file is malformed."""
