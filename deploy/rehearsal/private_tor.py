"""A Tor network on this machine: real directory authorities, relays and a client, and nothing that leaves 127.0.0.0/8.

    with PrivateTor.boot() as network:
        network.address, network.socks_port   # the client's SOCKS5 port; it knows onion addresses
        network.service_lines()               # what a tor that offers an onion service must have in its torrc
        network.relays_towards("user-7")      # who carries the circuits of one SOCKS user: kill, freeze or thaw one

Every SOCKS user name has circuits of its own, so a new name is a new circuit.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from stem import HiddenServiceState, StreamStatus
from stem.control import Controller, EventType

from deploy.rehearsal.tor_baking import BAKED, DONE, baked_network
from deploy.rehearsal.tor_process import POLL_SECONDS, TorError, TorProcess
from deploy.rehearsal.tor_recipe import AUTHORITIES, CLIENT, EVERYONE, RELAYS, SOCKS_PORT, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stem.response.events import StreamEvent

BOOT_SECONDS = 60.0


class PrivateTor:
    """A running private network; a context manager that ends its processes and removes its folder."""

    def __init__(self, plan: Plan, folder: Path, held: ExitStack) -> None:
        self.plan = plan
        self.folder = folder
        self.members = {name: TorProcess(name, folder / name) for name in EVERYONE}
        self._held = held
        self._booted = time.time()
        self._forgetting = threading.Lock()
        self._forgot = 0.0

    @classmethod
    def boot(cls, baked: Path = BAKED) -> Self:
        """Start a network; it is usable when this returns, after its first vote, which takes 7 to 17 s.

        Bakes the copy first if need be (half a minute). One retry, then TorError.
        """
        try:
            return cls._boot_once(baked)
        except TorError:
            return cls._boot_once(baked)

    @classmethod
    def _boot_once(cls, baked: Path) -> Self:
        with ExitStack() as stack:
            pristine = stack.enter_context(baked_network(baked))
            folder = Path(tempfile.mkdtemp(prefix="khomo-tor-"))  # short: a socket's path has 107 bytes
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            pristine.copy_to(folder)
            network = cls(pristine.plan, folder, stack)
            stack.callback(network._stop_all)
            network._start_all()
            network._held = stack.pop_all()
        network.controller.get_pid()  # made here, by one thread
        return network

    @property
    def address(self) -> str:
        """The loopback address on which the whole network listens."""
        return self.plan.address

    @property
    def socks_port(self) -> int:
        """The client's SOCKS5 port, on ``address``."""
        return SOCKS_PORT

    def service_lines(self, owner_pid: int | None = None) -> tuple[str, ...]:
        """Return the torrc lines that join a service's tor to this network; it ends with its owner (this process)."""
        return self.plan.common(owner_pid or os.getpid())

    def relays_towards(self, socks_user: str) -> tuple[str, ...]:
        """Return the relays that carry what one SOCKS user sends to a service, authorities left out.

        Guards are authorities, so that nobody else stands still when one of these is killed.
        """
        return tuple(dict.fromkeys(name for path in self.paths(socks_user) for name in path if name not in AUTHORITIES))

    def paths(self, socks_user: str) -> tuple[tuple[str, ...], ...]:
        """Return the paths of one SOCKS user's circuits that have met a service, guard first."""
        circuits = self.controller.get_circuits()
        return tuple(
            tuple(nickname for _, nickname in circuit.path)
            for circuit in circuits
            if circuit.socks_username == socks_user and circuit.hs_state == HiddenServiceState.HSCR_JOINED
        )

    @contextmanager
    def circuits_used(self, socks_user: str) -> Iterator[set[str]]:
        """Collect, while this lasts, the ids of the circuits that carry connections of one SOCKS user.

        A user has one circuit only as long as it lives and tor was not made to forget it.
        """
        used: set[str] = set()

        def note(event: StreamEvent) -> None:
            if event.status == StreamStatus.SUCCEEDED and event.keyword_args.get("SOCKS_USERNAME") == socks_user:
                used.add(event.circ_id)

        self.controller.add_event_listener(note, EventType.STREAM)
        try:
            yield used
        finally:
            self.controller.remove_event_listener(note)

    @cached_property
    def controller(self) -> Controller:
        """Return the control connection to the client.

        There is one for as long as the network lives: stem sees that this process owns the tor and takes ownership
        over the connection too, so that the client ends when the connection does.
        """
        controller = Controller.from_socket_file(str(self.members[CLIENT].folder / "control"))
        controller.authenticate()
        self._held.callback(controller.close)
        return controller

    def kill(self, name: str) -> None:
        """End a relay as a power cut would: connections through it are reset."""
        self.members[name].stop(kill=True)

    def restart(self, name: str) -> None:
        """Start a killed relay again and wait until it takes part."""
        self.members[name].start()
        self.members[name].wait_for(DONE, time.monotonic() + BOOT_SECONDS)

    def freeze(self, name: str) -> None:
        """Make a relay fall silent: its connections stay open and carry nothing."""
        self.members[name].send(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen relay go on."""
        self.members[name].send(signal.SIGCONT)

    def forget_descriptors(self) -> None:
        """Make the client fetch onion descriptors anew, as after a service's restart, and leave its circuits.

        Tor does so every 10 s at most, and would keep a request for later: somebody else's circuits would change then,
        long after this call. So it waits for its turn; who asks meanwhile is served by the one who waits.
        """
        asked = time.monotonic()
        with self._forgetting:
            if self._forgot < asked:
                time.sleep(self.controller.get_newnym_wait())
                self._forgot = time.monotonic()
                self.controller.signal("NEWNYM")

    def pids(self) -> tuple[int, ...]:
        """Return the ids of the processes that run."""
        return tuple(member.pid for member in self.members.values() if member.is_running())

    def close(self) -> None:
        """End every process, remove the folder, give the slot back."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _start_all(self) -> None:
        """Start the relays, wait for their first vote, then start the client.

        A service that starts with the old consensus of the baked copy signs its descriptors for a time that has
        passed, and is not found for minutes; a client asks for a new consensus at its start, and then rarely.
        """
        deadline = time.monotonic() + BOOT_SECONDS
        relays = [self.members[name] for name in (*AUTHORITIES, *RELAYS)]
        for member in relays:
            member.start()
        self._wait_for_vote(AUTHORITIES, deadline)
        self.members[CLIENT].start()
        for member in (*relays, self.members[CLIENT]):
            member.wait_for(DONE, deadline)
        self._wait_for_vote((CLIENT,), deadline)

    def _wait_for_vote(self, names: Sequence[str], deadline: float) -> None:
        while any(self._consensus_time(name) < self._booted for name in names):
            if time.monotonic() > deadline:
                raise TorError("the authorities of the private network did not agree on a consensus in time")
            time.sleep(POLL_SECONDS)

    def _consensus_time(self, name: str) -> float:
        caches = self.members[name].data
        try:
            text = (caches / "cached-microdesc-consensus").read_text()
        except FileNotFoundError:  # being replaced
            return 0.0
        found = re.search(r"^valid-after (\S+ \S+)$", text, re.MULTILINE)
        return datetime.fromisoformat(f"{found[1]}+00:00").timestamp() if found else 0.0

    def _stop_all(self) -> None:
        for member in reversed(self.members.values()):
            with suppress(ProcessLookupError):
                member.stop()
