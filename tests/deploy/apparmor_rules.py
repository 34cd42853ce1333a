"""Reads an AppArmor profile and what a service did (strace), and says what the profile would have refused.

No kernel with AppArmor is needed: of the rules on files it does what the kernel does, on real paths, whole words of
permissions, ``deny`` first. What it does not judge: capabilities, signals and sockets other than by their path.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INCLUDE = re.compile(r"^\s*(?:#?include)(?: if exists)? <([^>]+)>")
_RULE = re.compile(
    r"^\s*(?P<words>(?:(?:owner|deny|audit|allow|file)\s+)*)\"?(?P<path>[/@][^\s\"]*)\"?\s+(?P<may>[a-zA-Z]+),"
)
_VARIABLE = re.compile(r"^\s*@\{(\w+)\}\s*\+?=\s*(.*)$")
_USED = re.compile(r"@\{(\w+)\}")
_CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<rest>.*)\) += (?P<result>-?\w+)")
_FROM_FOLDER = re.compile(r"^(?:AT_FDCWD(?:<(?P<cwd>[^>]*)>)?|\d+<(?P<folder>[^>]*)>), \"(?P<name>[^\"]*)\"")
_ITSELF = re.compile(r"^\d+<(/[^>]*)>, NULL")
_QUOTED = re.compile(r"\"([^\"]*)\"")
_SOCKET = re.compile(r"sun_path=\"([^\"]*)\"")
_MAPPED = re.compile(r"PROT_EXEC.*, \d+<(/[^>]*)>")
_WRITES = {"mkdir", "rmdir", "unlink", "rename", "chmod", "fchmodat", "symlink", "utimensat", "truncate", "mknod"}


@dataclass(frozen=True)
class Rule:
    """Which paths, what may be done with them, and whether it is forbidden instead."""

    path: re.Pattern[str]
    may: frozenset[str]
    deny: bool


@dataclass(frozen=True)
class Deed:
    """What was done with a path: letters as in a profile."""

    path: str
    did: str


class Profile:
    """A profile with all that it includes, as it lies in a root.

    Args:
        root: the folder that stands for ``/``.
        path: of the profile below ``/etc/apparmor.d``.
    """

    def __init__(self, root: Path, path: str) -> None:
        self._home = root / "etc/apparmor.d"
        self._root = root
        self._variables: dict[str, list[str]] = {}
        self._rules: list[Rule] = []
        self._read(self._home / path)

    def refused(self, deeds: set[Deed]) -> list[str]:
        """Return what it would have refused, each once."""
        real = {(self._real(deed.path), letter) for deed in deeds for letter in deed.did}
        return sorted(f"{letter} {path}" for path, letter in real if not self._allows(path, letter))

    def _allows(self, path: str, letter: str) -> bool:
        found = [rule for rule in self._rules if letter in rule.may and rule.path.fullmatch(path)]
        return bool(found) and not any(rule.deny for rule in found)

    def _read(self, path: Path) -> None:
        if path.is_dir():
            for inner in sorted(path.iterdir()):
                self._read(inner)
            return
        for line in path.read_text().splitlines() if path.is_file() else ():
            if (included := _INCLUDE.match(line)) is not None:
                self._read(self._home / included[1])
            elif (variable := _VARIABLE.match(line)) is not None:
                self._variables.setdefault(variable[1], []).extend(variable[2].split("#")[0].split())
            elif (rule := _RULE.match(line)) is not None:
                self._add(rule)

    def _add(self, rule: re.Match[str]) -> None:
        may = set(rule["may"])
        if may & set("wa"):
            may |= {"w"}
        pattern = re.compile("|".join(_glob(path) for path in self._spelled(rule["path"])))
        self._rules.append(Rule(pattern, frozenset(may), deny="deny" in rule["words"]))

    def _spelled(self, path: str) -> Iterator[str]:
        """Yield a path with each value of its variables."""
        used = _USED.search(path)
        if used is None:
            yield path
            return
        for value in self._variables.get(used[1], ["*"]):
            yield from self._spelled(path.replace(used[0], value.strip('"'), 1).replace("//", "/"))

    def _real(self, path: str) -> str:
        """Return a path inside the root with its links followed as they are inside."""
        done = ""
        waiting = re.sub(r"^/proc/(?:self|thread-self)/", "/proc/1/", path).split("/")[::-1]
        while waiting:
            name = waiting.pop()
            if name in {"", "."}:
                continue
            if name == "..":
                done = done.rpartition("/")[0]
                continue
            here = self._root / f"{done}/{name}".lstrip("/")
            if here.is_symlink() and not done.startswith("/proc"):
                target = os.readlink(here)  # noqa: PTH115  # text, not a path of this machine
                done = "" if target.startswith("/") else done
                waiting += target.split("/")[::-1]
            else:
                done = f"{done}/{name}"
        return done + ("/" if (self._root / done.lstrip("/")).is_dir() else "")


def _glob(path: str) -> str:
    """Turn a path of a profile into a pattern: ``**`` crosses folders, ``*`` and ``?`` do not."""
    words = re.split(r"(\*\*|\*|\?|\{|\}|,|\[[^]]*\])", path)
    turned = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}
    return "".join(turned.get(word, word if word.startswith("[") else re.escape(word)) for word in words)


def deeds(trace: str, root: Path, first: str) -> set[Deed]:
    """Read what ``strace -f -y`` wrote, from the start of the program ``first`` on; what failed counts for nothing."""
    lines = trace.splitlines()
    start = next(number for number, line in enumerate(lines) if f'execve("{first}"' in line)
    done = set()
    for line in lines[start:]:
        call = _CALL.match(line)
        if call is not None and not call["result"].startswith("-"):
            done |= {Deed(_inside(deed.path, root), deed.did) for deed in _deeds_of(call["name"], call["rest"])}
    return {deed for deed in done if deed.path.startswith("/")}


def _inside(path: str, root: Path) -> str:
    return path if path == "" else path.removeprefix(str(root)) or "/"


def _deeds_of(name: str, rest: str) -> Iterator[Deed]:
    if name == "mmap":
        mapped = _MAPPED.search(rest)
        if mapped is not None:
            yield Deed(mapped[1], "m")
    elif name in {"connect", "bind"}:
        socket = _SOCKET.search(rest)
        if socket is not None and not socket[1].startswith("@"):
            yield Deed(socket[1], "w")
    elif name == "execve":
        yield Deed(_QUOTED.findall(rest)[0], "x")
    elif name in {"open", "openat"}:
        yield Deed(_path(rest), _opened(rest))
    elif name in {"link", "linkat"}:
        yield Deed(_QUOTED.findall(rest)[-1], "l")
    elif name.removesuffix("at") in _WRITES or name in _WRITES:
        yield Deed(_path(rest), "w")


def _path(rest: str) -> str:
    """Return the path that a call names; one relative to an open folder with that folder."""
    relative = _FROM_FOLDER.match(rest)
    if (itself := _ITSELF.match(rest)) is not None:
        return itself[1]
    if relative is None:
        return next(iter(_QUOTED.findall(rest)), "")
    folder = relative["cwd"] or relative["folder"] or ""
    return relative["name"] if relative["name"].startswith("/") else f"{folder}/{relative['name']}"


def _opened(rest: str) -> str:
    flags = rest.rpartition('"')[2]
    if "O_RDWR" in flags:
        return "rw"
    return "w" if "O_WRONLY" in flags else "r"
