"""Opens the door: pages first, then tor, then a look from outside; keeps both running until it is told to stop.

The order matters: tor publishes as soon as it can, and whoever comes then must find the pages.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from intake.onion.alone import alone
from intake.onion.child import app_command
from intake.onion.control import Progress, TorControl, control_of
from intake.onion.errors import OnionError, UnreachableError
from intake.onion.numbers import ONION_NUMBERS, OnionNumbers
from intake.onion.selfcheck import answers_locally, ask_locally, ask_through_tor, keep_asking
from intake.onion.tor import PROOF_OF_WORK, OwnTor, check_program, check_torrc, end_process, has_module, write_torrc
from intake.onion.torrc import Layout
from intake.papers import read_papers
from intake.server.hardening import PRIVATE_UMASK, WIPING_ENVIRONMENT
from intake.store.configured import open_store
from keys.sealing.system_errors import in_words

if TYPE_CHECKING:
    from datetime import date
    from types import FrameType

    from intake.config import Config
    from intake.onion.telling import Step, Steps

OWN_TOR = "own"

NO_PROOF_OF_WORK = (
    "warning: {binary} was built without proof of work: the door opens, but nothing prices a flood of new circuits. "
    'Install a tor of which `tor --list-modules` says "pow: yes"; Debian\'s 0.4.9 is one. To accept this and hear no '
    "more of it, set onion.proof_of_work = false."
)


class StopAsked(BaseException):
    """Somebody asked us to stop. Not an ``Exception``: nothing on the way may take it for a failure."""


class DoorService:
    """Pages and tor, together.

    Args:
        config: read and checked.
        steps: tells what happens.
        numbers: patience.
    """

    def __init__(self, config: Config, steps: Steps, numbers: OnionNumbers = ONION_NUMBERS) -> None:
        self._config = config
        self._steps = steps
        self._numbers = numbers
        self._layout = Layout.of(config)
        self._held = ExitStack()
        self._connection = ExitStack()
        self._control: TorControl | None = None
        self._pages: subprocess.Popen[bytes] | None = None
        self._courier: subprocess.Popen[bytes] | None = None
        self._tor: OwnTor | None = None
        self._restarts = 0
        self._published: date | None = None
        self.address = ""

    def run(self) -> None:
        """Open the door and keep it open until SIGTERM or SIGINT; everything that was started is ended.

        Raises:
            OnionError: it cannot be opened, or did not stay open.
        """
        os.umask(PRIVATE_UMASK)
        read_papers(self._config)  # what is wrong with them, or with tor, is said before anything is started
        if self._config.onion.tor == OWN_TOR:
            check_program(self._config.onion.tor_binary)
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, _stop)
        with alone(self._layout.door), self._held, suppress(StopAsked):
            self._start_pages()
            if self._layout.courier_clients:
                self._start_courier()
            self._held.callback(self._stop_tor)
            self._held.callback(self._connection.close)
            self._open()
            tell_system("READY=1")
            self._watch()
        self._steps.say("The door is closed.")

    # Opening.

    def _start_pages(self) -> None:
        with self._steps.step(f"Pages answer at {self._layout.door}"):
            self._pages = self._started("intake.onion.source_door")
            keep_asking(self._ask_pages, self._numbers.app_seconds, self._numbers)

    def _start_courier(self) -> None:
        with self._steps.step(f"The courier's app answers at {self._layout.courier_door}"):
            self._courier = self._started("intake.onion.courier_door")
            keep_asking(self._ask_courier, self._numbers.app_seconds, self._numbers)

    def _started(self, module: str) -> subprocess.Popen[bytes]:
        """Start one app as a process of its own; it is ended with this one."""
        environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        process = subprocess.Popen(
            app_command(module, self._config.file),
            env=environment | WIPING_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._held.callback(end_process, process, self._numbers.stop_seconds)
        return process

    def _ask_courier(self) -> int:
        self._pages_run()
        return answers_locally(self._layout.courier_door, self._numbers.check_seconds)

    def _ask_pages(self) -> int:
        self._pages_run()
        return ask_locally(self._layout.door, self._numbers.check_seconds)

    def _pages_run(self) -> None:
        if self._pages is not None and self._pages.poll() is not None:
            raise OnionError("The pages stopped.", "Their last lines above say why; try serve --no-tor.")
        if self._courier is not None and self._courier.poll() is not None:
            raise OnionError("The courier's app stopped.", "Its last lines above say why.")

    def _open(self) -> None:
        """Open the door; our own tor is started anew where it stands still, as a restart by hand would."""
        while True:
            try:
                self._open_once()
            except UnreachableError as error:
                if self._tor is None or self._restarts >= self._numbers.restarts:
                    raise
                self._restarts += 1
                self._steps.say(f"warning: {error} Tor is started anew.")
                self._stop_tor()
            else:
                return

    def _open_once(self) -> None:
        """Have tor publish the service, and look at it from outside."""
        if self._config.onion.tor == OWN_TOR:
            self._start_tor()
        control = self._connect()
        self._join(control)
        self.address = self._read_address(control)
        self._publish(control)
        with self._steps.step("A page came back through tor"):
            keep_asking(lambda: self._ask_from_outside(control), self._patience(), self._numbers)
        self._note_published()
        self._steps.say(f"\nThe door is open:  http://{self.address}\n")
        if self._layout.courier_clients:
            self._steps.say(courier_address(self._layout))

    def _start_tor(self) -> None:
        binary = self._config.onion.tor_binary
        with self._steps.step(f"Tor can be started: {binary}"):
            lacks_work = self._layout.proof_of_work and not has_module(binary, PROOF_OF_WORK)
        with self._steps.step(f"Tor's configuration is written to {self._layout.torrc}"):
            self._layout = replace(self._layout, proof_of_work=self._layout.proof_of_work and not lacks_work)
            write_torrc(self._layout, self._numbers)
            check_torrc(binary, self._layout)
        if lacks_work:
            self._steps.say(NO_PROOF_OF_WORK.format(binary=binary))
        self._tor = OwnTor(binary, self._layout)

    def _stop_tor(self) -> None:
        if self._tor is not None:
            self._tor.stop(self._numbers.stop_seconds)
            self._tor = None

    def _connect(self) -> TorControl:
        """Connect to tor anew; our own tor ends when this connection does."""
        self._connection.close()
        path = self._config.onion.control_socket if self._config.onion.tor != OWN_TOR else None
        opening = control_of(path or self._layout.control, self._numbers.control_seconds, self._children_run)
        self._control = self._connection.enter_context(opening)
        return self._control

    def _join(self, control: TorControl) -> None:
        with self._steps.step(f"Tor {control.version()} has joined the network") as step:
            control.wait_for_network(
                self._numbers.bootstrap_seconds, self._numbers.silence_seconds, lambda at: self._show(step, at)
            )

    def _show(self, step: Step, at: Progress) -> None:
        self._children_run()
        step.progress(at.percent, at.summary)

    def _read_address(self, control: TorControl) -> str:
        file = control.hostname_file()
        try:
            return file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise OnionError(
                f"The address cannot be read. {in_words(error).message}",
                "HiddenServiceDirGroupReadable 1, and a group that this user shares with tor.",
            ) from error

    def _publish(self, control: TorControl) -> None:
        with self._steps.step("The address is published"):
            deadline = time.monotonic() + self._patience()
            while not (control.uploaded or self._was_published_before(control)):
                self._children_run()
                if time.monotonic() > deadline:
                    raise UnreachableError("No directory took the service's descriptor.", "Look at tor's log.")
                time.sleep(self._numbers.check_pause_seconds)

    def _patience(self) -> float:
        return self._numbers.publish_seconds if self._tor is None else self._numbers.anew_seconds

    def _was_published_before(self, control: TorControl) -> bool:
        """Tell so of a tor that ran before us; the page that comes back then proves it."""
        return self._tor is None and control.has_descriptor(self.address)

    def _ask_from_outside(self, control: TorControl) -> int:
        self._children_run()
        control.forget_descriptors()
        return ask_through_tor(control.socks(), self.address, self._numbers.check_seconds)

    def _children_run(self) -> None:
        self._pages_run()
        if self._tor is not None and self._tor.has_ended():
            raise OnionError(f"Tor stopped: {self._tor.last_words()}", "Look at its log and its torrc.")

    # Staying open.

    def _watch(self) -> None:
        recheck = time.monotonic() + self._numbers.recheck_seconds
        while True:
            time.sleep(self._numbers.watch_seconds)
            self._pages_run()
            if self._control is None or not self._control.is_alive():
                self._open_again()
            elif time.monotonic() >= recheck:
                recheck = time.monotonic() + self._numbers.recheck_seconds
                self._look_again(self._control)

    def _open_again(self) -> None:
        """Tor went away: start ours again, or wait for the system's."""
        self._restarts += 1
        if self._restarts > self._numbers.restarts:
            raise OnionError("Tor ended again and again.", "Look at its log.")
        self._steps.say("Tor went away; the door is opened again.")
        self._stop_tor()
        self._open()

    def _look_again(self, control: TorControl) -> None:
        """Ask for a page from outside; one that does not come is told, not fatal: lines fail, tor tries again."""
        try:
            keep_asking(lambda: self._ask_from_outside(control), 2 * self._numbers.check_seconds, self._numbers)
        except OnionError as error:
            self._steps.say(f"warning: {error}")
        else:
            self._restarts = 0
            self._note_published()

    def _note_published(self) -> None:
        """Let the store count the day; bundles tell the desk how many there were."""
        today = datetime.now(UTC).date()
        if today != self._published:
            with open_store(self._config) as store:
                store.note_published()
            self._published = today


def courier_address(layout: Layout) -> str:
    """Say where couriers come in, or that tor has no such service."""
    try:
        address = layout.courier_hostname.read_text(encoding="ascii").strip()
    except OSError:
        return (
            "warning: couriers are let in by the configuration, and tor offers them no service. Add its lines to the "
            "torrc, as docs/operator-reference.md says, and restart tor.\n"
        )
    return f"For couriers who are let in:  {address}\n"


def tell_system(words: str) -> None:
    """Tell systemd, if it asked to be told (sd_notify)."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if name:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system, suppress(OSError):
            system.sendto(words.encode(), name.replace("@", "\0", 1) if name.startswith("@") else name)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.SIG_IGN)  # what follows is the stop; a second Ctrl-C must not cut it short
    raise StopAsked
