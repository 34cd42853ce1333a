"""The error family of the formats. A subclass exists only where a caller reacts differently."""


class KhomoError(Exception):
    """Something went wrong that a person can be told about.

    Args:
        message: what happened, one sentence.
        remedy: what to do next, one sentence; empty where nothing can be done.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class FormatError(KhomoError):
    """Bytes do not follow the format that they claim."""


class SignatureError(KhomoError):
    """A signature is missing, wrong, or by a key that is not accepted here."""


class ChainError(KhomoError):
    """A signed sequence has a gap, a replay or a fork."""
