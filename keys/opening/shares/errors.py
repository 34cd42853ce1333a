"""What can go wrong with the words of a sheet, or with several sheets together."""

from keys.opening.errors import OpeningError


class ShareError(OpeningError):
    """The words are no share, or not one that belongs here; never says which words."""
