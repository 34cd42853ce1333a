"""Reads what the server is given in writing: the public bundle under the root key, and its own signing key."""

from __future__ import annotations

import stat
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from intake.settings import Problem
from keys.sealing import papers
from keys.sealing.errors import FormatError, KhomoError, SignatureError
from keys.sealing.key_file import read_plain_key_file
from keys.sealing.public_bundle import PublicBundle
from keys.sealing.system_errors import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from intake.config import Config, Paths
    from keys.sealing.notes import SigningKey, VerifyKey


LOOK_SECONDS = 1.0
"""How old the public bundle in use may be."""


class PapersError(KhomoError):
    """Papers are missing, or they do not belong to each other.

    Attributes:
        problems: all of them.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{problem.what}. Right would be: {problem.right}." for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Papers:
    """All of them, checked against each other.

    Attributes:
        bundle: signed by the root key.
        server_key: one of the server keys that the bundle names.
    """

    bundle: PublicBundle
    server_key: SigningKey


@dataclass(slots=True)
class Found:
    """What could be read of the papers, and everything that is wrong with them."""

    root: VerifyKey | None = None
    bundle: PublicBundle | None = None
    server_key: SigningKey | None = None
    problems: list[Problem] = field(default_factory=list)


def read_papers(config: Config) -> Papers:
    """Read all papers.

    Raises:
        PapersError: each paper that is wrong, and what is wrong with it.
    """
    found = look_at_papers(asdict(config.paths))
    if found.bundle is None or found.server_key is None or found.problems:
        raise PapersError(found.problems)
    return Papers(found.bundle, found.server_key)


def read_public_bundle(paths: Paths) -> PublicBundle:
    """Read the public bundle and check it against the root key; raises ``PapersError``."""
    found = look_at_papers({"root_key": paths.root_key, "public_bundle": paths.public_bundle})
    if found.bundle is None:
        raise PapersError(found.problems)
    return found.bundle


def read_root_key(paths: Paths) -> VerifyKey:
    """Read the root key's public half; raises ``PapersError``."""
    found = look_at_papers({"root_key": paths.root_key})
    if found.root is None:
        raise PapersError(found.problems)
    return found.root


def look_at_papers(paths: Mapping[str, Path]) -> Found:
    """Look at the papers whose places are known (keys as in the configuration), and at how they go together."""
    found = Found()
    if "root_key" in paths:
        _look_at_root(paths["root_key"], found)
    if "public_bundle" in paths:
        _look_at_bundle(paths["public_bundle"], found)
    if "server_key" in paths:
        _look_at_server_key(paths["server_key"], found)
    if found.bundle and found.server_key and found.server_key.verify_key not in found.bundle.servers:
        what = f"The public bundle does not know the key in {paths['server_key']}"
        found.problems.append(Problem("paths.server_key", what, "server.key and public bundle of the same ceremony"))
    return found


def _look_at_root(path: Path, found: Found) -> None:
    right = "root.pub as the key ceremony made it, readable for this user"
    try:
        found.root = papers.read_root(path)
    except OSError as error:
        found.problems.append(_refused("paths.root_key", error, right))
    except FormatError:
        found.problems.append(Problem("paths.root_key", f"{path} holds no root key", right))


def _look_at_bundle(path: Path, found: Found) -> None:
    key = "paths.public_bundle"
    right = "the file as the desk gave it; ask the desk for it again, and compare the root key's fingerprint"
    try:
        note = papers.read_public_bundle_note(path)
        found.bundle = None if found.root is None else PublicBundle.from_note(note, found.root)
    except OSError as error:
        found.problems.append(_refused(key, error, "the public bundle that the desk gave you, readable for this user"))
    except SignatureError:
        what = f"{path} was changed, or another root key signed it than the one in root.pub"
        found.problems.append(Problem(key, what, right))
    except FormatError as error:
        what = f"{path} cannot be understood ({error.message.rstrip('.')})"
        found.problems.append(Problem(key, what, right))


def _look_at_server_key(path: Path, found: Found) -> None:
    key, right = "paths.server_key", "server.key as the key ceremony made it, readable for this user alone"
    try:
        found.server_key = read_plain_key_file(path).signing_key()
    except OSError as error:
        found.problems.append(_refused(key, error, right))
    except FormatError as error:
        if path.stat().st_mode & stat.S_IRWXO:
            what, right = f"Everybody on this machine may read {path}", f"mode 0600, by chmod 600 {path}"
        else:
            what = f"{path} is no key of a server ({error.message.rstrip('.')})"
        found.problems.append(Problem(key, what, right))


class CurrentBundle:
    """The public bundle as it is now: a newer one that ``khomo-intake import`` brings is taken up without a restart.

    A file that cannot be read, is not signed by the root key or may not replace the bundle in use changes nothing;
    ``khomo-intake check-config`` says what is wrong with it. The file is looked at once a second, not once a question.
    """

    def __init__(self, paths: Paths, clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = paths
        self._clock = clock
        self._next_look = clock() + LOOK_SECONDS
        self._lock = threading.Lock()
        self._seen = self._look()
        self._bundle = read_public_bundle(paths)

    def __call__(self) -> PublicBundle:
        """Return the bundle in use."""
        if self._clock() >= self._next_look:
            with self._lock:
                self._next_look = self._clock() + LOOK_SECONDS
                self._take_up()
        return self._bundle

    def _take_up(self) -> None:
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            with suppress(KhomoError):
                self._bundle = self._bundle.replaced_by(read_public_bundle(self._paths))

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._paths.public_bundle.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _refused(key: str, error: OSError, right: str) -> Problem:
    return Problem(key, in_words(error).message.rstrip("."), right)
