"""What the operating system refuses, in words for the person before the screen. For all programs, in one place."""

from __future__ import annotations

import errno

from keys.sealing.errors import KhomoError

_WORDS = {
    errno.ENOENT: ("{file} is not there.", "Mount the medium, or check the name."),
    errno.EEXIST: ("{file} is there already.", "Choose another name."),
    errno.EISDIR: ("{file} is a folder.", "Name a file in it."),
    errno.ENOTDIR: ("{file} lies in no folder.", "Check the name: a part of it is a file."),
    errno.EACCES: ("{file} may not be used by this user.", "Check its owner and its mode, and those of its folder."),
    errno.EPERM: ("{file} may not be changed by this user.", "Check its owner and how its medium is mounted."),
    errno.EROFS: ("{file} lies on a medium that is read-only.", "Release its write protection, or choose another."),
    errno.ENOSPC: ("There is no room left for {file}.", "Free space there, or take a larger medium."),
    errno.EDQUOT: ("There is no room left for {file}.", "Free space there, or take a larger medium."),
    errno.EFBIG: ("The medium cannot hold {file}: it is too large.", "Format it with exFAT or ext4."),
    errno.EIO: ("The medium of {file} fails.", "Try again, then try another medium."),
    errno.ENAMETOOLONG: ("{file} is too long a name.", "Choose a shorter one."),
}
_OTHER = ("The system refuses {file} ({name}).", "Try again; if it goes on, look at the machine's own log.")


def in_words(error: OSError) -> KhomoError:
    """Say what happened and what to do next.

    Raises:
        OSError: the same, if whoever reads the output has gone (``… | head``): that needs no words.
    """
    if error.errno == errno.EPIPE:
        raise error
    message, remedy = _WORDS.get(error.errno or 0, _OTHER)
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    told = message.format(file=error.filename or "the file", name=name)
    return KhomoError(told[0].upper() + told[1:] if error.filename is None else told, remedy)
