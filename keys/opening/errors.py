"""What can go wrong where keys are made and opened."""

from keys.sealing.errors import KhomoError


class OpeningError(KhomoError):
    """A ceremony, a key or a file is not as it has to be; says what to do."""


class WrongPassphraseError(OpeningError):
    """The passphrase does not open the key file."""


class OpenPgpError(OpeningError):
    """An OpenPGP key cannot be used, or GnuPG failed."""
