"""A private network that has run once, stopped, and is copied for each run.

A copy lies in a *slot* under ``.setup/tor-baked``. A network holds its slot's lock while it runs, because two networks
from one copy would share an address; the second one takes, and bakes if need be, the next slot. A copy is baked again
when tor or a line of the recipe changes, or when its descriptors are older than ``MAX_AGE_SECONDS``. It is never
started in place: a network that is restarted in its own folder comes back twice, then no more.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.rehearsal import tor_recipe
from deploy.rehearsal.tor_process import TorError, TorProcess, find_program, tor_version
from deploy.rehearsal.tor_recipe import (
    AUTHORITIES,
    CLIENT,
    EVERYONE,
    LEAD_SECONDS,
    RELAYS,
    VOTING_SECONDS,
    Authority,
    Plan,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BAKED = Path(__file__).resolve().parents[2] / ".setup" / "tor-baked"
SLOTS = 8
MAX_AGE_SECONDS = 12 * 3600
BAKE_SECONDS = 120.0
DONE = r"Bootstrapped 100%"


@dataclass(frozen=True)
class Baked:
    """A pristine, stopped network."""

    folder: Path
    plan: Plan

    def copy_to(self, folder: Path) -> None:
        """Copy everybody's data and write torrc files that name this process as the owner."""
        write_torrcs(self.plan, folder)
        for name in EVERYONE:
            shutil.copytree(self.folder / name / "data", folder / name / "data")


@contextmanager
def baked_network(root: Path = BAKED) -> Iterator[Baked]:
    """Hold a slot with a fresh enough baked network for as long as the context lasts."""
    root.mkdir(parents=True, exist_ok=True)
    for number in range(SLOTS):
        with (root / f"slot{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield _fresh(root / f"slot{number}")
            return
    raise TorError(f"all {SLOTS} baked networks under {root} are in use")


def write_torrcs(plan: Plan, folder: Path) -> None:
    """Write everybody's torrc; tors end when this process does."""
    for name in EVERYONE:
        home = folder / name
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "torrc").write_text(plan.torrc(name, home, os.getpid()))


def seconds_to_start(now: float) -> float:
    """Return how long to wait so that relays upload their descriptors in time for the next vote."""
    return (-LEAD_SECONDS - now) % VOTING_SECONDS


def _fresh(slot: Path) -> Baked:
    found = _read(slot)
    if found is not None:
        return found
    try:
        return _bake(slot)
    except TorError:  # a busy machine misses votes; once more from nothing, then it is an error
        return _bake(slot)


def _recipe() -> str:
    example = Plan("127.0.0.1", ())
    torrcs = [example.torrc(name, Path(name), owner_pid=1) for name in EVERYONE]
    return hashlib.sha256("\n".join([tor_version(), *torrcs]).encode()).hexdigest()


def _read(slot: Path) -> Baked | None:
    try:
        noted = json.loads((slot / "baked.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    age = time.time() - noted["baked"]
    if noted["recipe"] != _recipe() or not 0 <= age < MAX_AGE_SECONDS:
        return None
    return Baked(slot, Plan(noted["address"], tuple(Authority(**each) for each in noted["authorities"])))


def _bake(slot: Path) -> Baked:
    shutil.rmtree(slot, ignore_errors=True)
    slot.mkdir(mode=0o700, parents=True)
    address = tor_recipe.draw_address()
    with ThreadPoolExecutor() as pool:
        authorities = tuple(pool.map(lambda name: _authority_keys(name, slot, address), AUTHORITIES))
    plan = Plan(address, authorities)
    write_torrcs(plan, slot)
    time.sleep(seconds_to_start(time.time()))
    _run_once([TorProcess(name, slot / name) for name in EVERYONE])
    noted = {
        "recipe": _recipe(),
        "baked": time.time(),
        "address": address,
        "authorities": [asdict(each) for each in authorities],
    }
    (slot / "baked.json").write_text(json.dumps(noted))
    return Baked(slot, plan)


def _run_once(members: Sequence[TorProcess]) -> None:
    deadline = time.monotonic() + BAKE_SECONDS
    try:
        # The client comes last: before the first vote it would ask, fail, and rest for longer and longer.
        for together in (members[:-1], members[-1:]):
            for member in together:
                member.start()
            for member in together:
                member.wait_for(DONE, deadline)
        _wait_for_caches([member for member in members if member.name in (*RELAYS, CLIENT)], deadline)
    finally:
        for member in reversed(members):
            member.stop()


def _wait_for_caches(members: Sequence[TorProcess], deadline: float) -> None:
    caches = ("cached-microdesc-consensus", "cached-microdescs.new")
    wanted = [member.data / name for member in members for name in caches]
    while missing := [path for path in wanted if not path.exists() or not path.stat().st_size]:
        if time.monotonic() > deadline:
            raise TorError(f"the relays did not fetch what clients will ask them for: {missing}")
        time.sleep(0.1)


def _authority_keys(name: str, slot: Path, address: str) -> Authority:
    keys = slot / name / "data" / "keys"
    keys.mkdir(mode=0o700, parents=True)
    (slot / name / "data").chmod(0o700)
    where = f"{address}:{tor_recipe.dir_port(name)}"
    command = [find_program("tor-gencert"), "--create-identity-key", "-m", "12", "-a", where, "--passphrase-fd", "0"]
    subprocess.run(command, cwd=keys, input=b"rehearsal\n", capture_output=True, check=True)
    certificate = (keys / "authority_certificate").read_text()
    v3_identity = next(line.split()[1] for line in certificate.splitlines() if line.startswith("fingerprint "))
    return Authority(name, v3_identity, _fingerprint(slot / name / "data"))


def _fingerprint(data: Path) -> str:
    nothing = data / "torrc"  # tor insists on regular files; this one is empty
    nothing.touch()
    command = [find_program("tor"), "--list-fingerprint", "-f", str(nothing), "--defaults-torrc", str(nothing)]
    options = ["--DataDirectory", str(data), "--ORPort", "1", "--Nickname", "rehearsal", "--quiet"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    nothing.unlink()
    return done.stdout.strip().split(" ", 1)[1].replace(" ", "")
