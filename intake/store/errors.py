"""Errors of the store. Each subclass is one reaction: free space, wait and try again, call the operator."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from keys.sealing.errors import KhomoError

if TYPE_CHECKING:
    from collections.abc import Iterator


class StoreError(KhomoError):
    """The store could not do what was asked; nothing was changed."""


class StoreFull(StoreError):  # noqa: N818  # read aloud: "the store is full"
    """There is no room on the disk."""


class StoreDayOver(StoreFull):
    """The files of this day have used up their share; text still goes in."""


class StoreBusy(StoreError):  # noqa: N818  # as above
    """Another process holds the store for longer than we wait."""


class StoreUnusable(StoreError):  # noqa: N818  # as above
    """The folder is read-only, foreign or damaged: a person has to look."""


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EROFS, errno.EACCES, errno.EPERM}


def _from_os(error: OSError) -> StoreError:
    if error.errno in _FULL:
        return StoreFull("The disk of the store is full.", "Free space on it, or move the store to a larger disk.")
    if error.errno in _DENIED:
        return StoreUnusable(
            "The store's folder cannot be written.", "Check its owner, its mode and how it is mounted."
        )
    what = errno.errorcode.get(error.errno or 0, "an unknown error")
    return StoreUnusable(f"The store's disk answered {what}.", "Run `khomo-intake doctor` and check the disk.")


def _from_database(error: DBAPIError) -> StoreError:
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreFull("The disk of the store is full.", "Free space on it, or move the store to a larger disk.")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusy("Another program holds the database.", "Close it, then try again.")
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return StoreUnusable("The database cannot be written.", "Check owner, mode and mount of the store's folder.")
    name = getattr(error.orig, "sqlite_errorname", "an unknown error")
    return StoreUnusable(f"The database answered {name}.", "Run `khomo-intake doctor` and check the disk.")


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the operating system and of SQLite into this family; they name no row and hold no data."""
    try:
        yield
    except OSError as error:
        raise _from_os(error) from error
    except DBAPIError as error:
        raise _from_database(error) from error
