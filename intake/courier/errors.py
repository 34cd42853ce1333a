"""What can go wrong between store and stick."""

from __future__ import annotations

import errno

from keys.sealing.errors import KhomoError

_ON_THE_STICK = {
    errno.ENOSPC: ("There is no room left at the destination.", "Free space there, or take a larger stick."),
    errno.EFBIG: ("The destination cannot hold a file of that size.", "Format the stick with exFAT or ext4."),
    errno.EROFS: ("The destination is read-only.", "Release the stick's write protection."),
    errno.EACCES: ("The destination may not be written.", "Mount it for the user who runs this command."),
    errno.ENOENT: ("The destination's folder does not exist.", "Mount the stick, or make the folder."),
}


class CourierError(KhomoError):
    """Nothing was exported, or nothing was taken in."""


class OtherBackupError(CourierError):
    """A desk knows bundles that this server does not: it was restored from a backup."""


class BeforeRestoreError(CourierError):
    """This server was restored, and a bundle of a desk may be an old one."""


def from_stick(error: OSError) -> CourierError:
    """Explain an error of the medium."""
    name = errno.errorcode.get(error.errno or 0, "an unknown error")
    unknown = (f"The medium answered {name}.", "Try again, then try another stick.")
    return CourierError(*_ON_THE_STICK.get(error.errno or 0, unknown))
