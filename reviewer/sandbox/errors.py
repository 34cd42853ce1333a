"""What goes wrong around the sandbox."""

from keys.sealing.errors import KhomoError
from reviewer.errors import ReviewerError


class SandboxError(ReviewerError):
    """The sandbox cannot be built: nothing is opened, and whoever runs the desk can change that."""


class CutOffError(KhomoError):
    """A program in the sandbox gave too much or took too long, and was ended."""


class TooLargeError(CutOffError):
    """It gave more than it may."""


class NoRoomError(KhomoError):
    """There is no room for what is in a sealed file: it is opened when there is."""


class NotOpenedError(KhomoError):
    """A sealed file could not be opened, and another try of the same would not help."""


class NotReadError(KhomoError):
    """A program in the sandbox could not read a file to its end."""
