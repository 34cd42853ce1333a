"""Run a module's own tests against mutants of it: ``python -m tests.long.mutant_run``, a JSON request on stdin.

Nothing is written into the tree: each mutant lives in a forked child, where an import hook gives the changed source.
The children run two at a time; what they print is thrown away, and a child that hangs is ended and counts as caught.
"""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Loaded once here, so that no child loads them again.
import alembic.command
import cryptography.hazmat.primitives.ciphers.aead
import cryptography.hazmat.primitives.hpke
import cryptography.hazmat.primitives.kdf.scrypt
import flask
import flask_limiter
import hypothesis.strategies
import multipart
import nacl.signing
import PIL.Image
import psutil
import pytest
import sqlalchemy.orm
import stem.control

from tests.long.code_mutants import Mutant, mutants, sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from multiprocessing.context import ForkProcess
    from types import CodeType

PRELOADED = (
    alembic, cryptography, flask, flask_limiter, multipart, nacl, PIL, psutil, sqlalchemy, stem,
)  # fmt: skip
MEMORY = 6 * 1024**3
LEAST_SECONDS = 10
TIMES_SLOWER = 5
"""Of processor time, so that a loaded machine changes nothing; a fault that makes tests so slow counts as caught."""

WAITING = 20
"""Times that limit on the clock: for faults that wait for ever without working."""


@dataclass(frozen=True)
class Work:
    """A module, the tests that must notice its faults, how many of them to try, and where to keep scratch files.

    Attributes:
        also: names of mutants to try whether or not the sample holds them.
    """

    module: str
    tests: Sequence[str]
    count: int
    seed: str
    also: Sequence[str]
    scratch: Path

    def mutants(self) -> list[Mutant]:
        """Return those to try."""
        source = path_of(self.module).read_text(encoding="utf-8")
        chosen = sample(source, self.count, self.seed)
        names = set(self.also) - {mutant.name for mutant in chosen}
        return chosen + [mutant for mutant in mutants(source) if mutant.name in names]


class _Mutated(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self._source, self.path, "exec", dont_inherit=True)
        return code


class _Finder:
    """Finds one module, with another source than the file's."""

    def __init__(self, module: str, path: Path, source: str) -> None:
        self._module, self._path, self._source = module, path, source

    def find_spec(self, name: str, *_rest: object) -> ModuleSpec | None:
        if name != self._module:
            return None
        loader = _Mutated(name, str(self._path), self._source)
        locations = [str(self._path.parent)] if self._path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            name, self._path, loader=loader, submodule_search_locations=locations
        )


def path_of(module: str) -> Path:
    """Return a module's file."""
    path = Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _test(work: Work, mutant: Mutant | None, number: int, limit: int) -> None:
    """Run the tests in this forked child; its exit code is theirs."""
    if mutant is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        sys.meta_path.insert(0, _Finder(work.module, path_of(work.module), mutant.source()))
    silence = os.open(os.devnull if mutant else str(work.scratch / "baseline"), os.O_RDWR | os.O_CREAT)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not long and not tor and not browser"]
    options += ["-W", "ignore:Module already imported"]
    place = work.scratch / f"{work.module}-{number}"
    os._exit(pytest.main([*options, "--hypothesis-profile=mutants", f"--basetemp={place}", *work.tests]))


def run(work: Work, workers: int = 2) -> dict[str, Any]:
    """Return what happened to each mutant: "caught", "late" (ended after the time limit) or "survived"."""
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        max_examples=30,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    forked = multiprocessing.get_context("fork")
    begun = time.monotonic()
    baseline = forked.Process(target=_test, args=(work, None, 0, 0))
    baseline.start()
    baseline.join()
    if baseline.exitcode:
        raise SystemExit((work.scratch / "baseline").read_text())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    limit = max(LEAST_SECONDS, int(TIMES_SLOWER * (used.ru_utime + used.ru_stime)) + 1)
    todo = list(enumerate(work.mutants(), 1))
    running: dict[ForkProcess, tuple[Mutant, float]] = {}
    fates: dict[str, str] = {}
    while todo or running:
        while todo and len(running) < workers:
            number, mutant = todo.pop(0)
            child = forked.Process(target=_test, args=(work, mutant, number, limit))
            child.start()
            running[child] = (mutant, time.monotonic() + WAITING * limit)
        wait([child.sentinel for child in running], timeout=1)
        for child, (mutant, deadline) in list(running.items()):
            if late := child.is_alive() and time.monotonic() > deadline:
                child.kill()
            if late or not child.is_alive():
                child.join()
                fates[mutant.name] = "late" if late else _fate(child.exitcode)
                del running[child]
    return {"fates": fates, "seconds": round(time.monotonic() - begun, 1), "limit": limit}


def _fate(exit_code: int | None) -> str:
    if exit_code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return "late"
    return "caught" if exit_code else "survived"


def main() -> None:
    """Read the request, write the answer."""
    request = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = request.pop("bytecode")
        print(json.dumps(run(Work(**request, scratch=Path(scratch)))))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
