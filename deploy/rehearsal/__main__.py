"""``python -m deploy.rehearsal``, which is ``make run``."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.rehearsal.commands import CommandFailedError
from deploy.rehearsal.journey import Journey
from deploy.rehearsal.private_tor import PrivateTor
from deploy.rehearsal.public_tor import PublicTor
from deploy.rehearsal.stage import Stage
from deploy.rehearsal.steps_server import SeizedError
from deploy.rehearsal.steps_source import PageError
from deploy.rehearsal.telling import Teller
from deploy.rehearsal.tor_process import TorError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

RUN = Path(__file__).resolve().parents[2] / "run"
NETWORKS: dict[str, Callable[[], PrivateTor | PublicTor]] = {"private": PrivateTor.boot, "public": PublicTor.boot}
FAILURES = (CommandFailedError, PageError, SeizedError, TorError, OSError, LookupError)

BEGINNING = """\
A rehearsal of Khomo: a report travels from a source over Tor to a lead.

    source   somebody who knows of a wrong and writes about it, over Tor
    server   takes reports in and keeps them sealed; no key on it opens them
    courier  carries sealed bundles on a stick between the server and the desk
    desk     a laptop without any network: reviewers open, read and judge there
    lead     somebody in a group of the coalition, who gets the cases

Each of these machines is a folder here, in
{folder}
Every line that begins with $ is the real command; in that folder you can type
it again.
{network}"""

PLACE = {
    "private": "The Tor network is private: real tor and real relays, all on this machine.\nNothing leaves it.",
    "public": "The Tor network is the public one.",
}

STAYING = """
The door stays open until you press Ctrl-C. To try it by hand:

    http://{onion}

    chromium --proxy-server=socks5://{address}:{port}{as_root} \\
        --user-data-dir={profile} \\
        http://{onion}
    curl --socks5-hostname {address}:{port} \\
        http://{onion}/

The source's eight words:
    {codename}
"""

BY_HAND = """
To try the commands by hand, in {terminal} terminal:

    cd {folder}
    export PATH={programs}:$PATH
    export KHOMO_VAULT=$PWD/desk/vault
    export KHOMO_CASELOG=$PWD/lead/case-log
    export KHOMO_INTAKE_CONFIG=$PWD/server/config.toml

The desk (for this rehearsal, passphrase.txt holds everybody's passphrase):
    khomo-reviewer list --passphrase-file passphrase.txt
    khomo-reviewer shell --passphrase-file passphrase.txt

The server:
    khomo-intake doctor
    khomo-intake export stick

The lead:
    khomo-caselog list --passphrase-file passphrase.txt
    khomo-caselog verify --passphrase-file passphrase.txt
"""

CHROMIUM_AS_ROOT = " --no-sandbox"
"""Chromium does not start as root without it; nobody else should leave its sandbox out."""


@click.command()
@click.option("--tor", "network", type=click.Choice(sorted(NETWORKS)), default="private", help="Which Tor network.")
@click.option(
    "--keep-open/--no-keep-open", default=None, help="Keep the door open at the end. [default: on a terminal]"
)
def main(network: str, *, keep_open: bool | None) -> None:
    """Rehearse the whole journey, from a source's browser to a lead's case log.

    \b
    Example: python -m deploy.rehearsal --no-keep-open

    Exit codes: 0 all went well, 1 a step failed and was shown, 2 the command line is wrong.
    """  # noqa: D301  # click reads the backspace
    teller = Teller(sys.stdout)
    _end_in_order(teller)
    teller.say(BEGINNING.format(folder=RUN, network=PLACE[network]))
    try:
        with ExitStack() as held:
            _only_one(held)
            _rehearse(held, teller, network, keep_open=sys.stdout.isatty() if keep_open is None else keep_open)
    except FAILURES as error:
        teller.say(f"\nThis step failed:\n\n{error}\n\nWhat was made so far lies in {RUN}.")
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        teller.say("\nStopped.")


def _end_in_order(teller: Teller) -> None:
    """Let both signals end what was started; a shell starts what runs in its background with SIGINT ignored."""

    def interrupted(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        teller.say("\nClosing (up to 15 s) …")
        raise KeyboardInterrupt

    def ended(*_: object) -> None:
        teller.say("\nAsked to end. Closing (up to 15 s) …")
        sys.exit(1)

    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, ended)


def _only_one(held: ExitStack) -> None:
    RUN.mkdir(exist_ok=True)
    lock = held.enter_context((RUN / "lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise TorError(f"Another rehearsal uses {RUN}. Close it first (Ctrl-C where it runs).") from error


def _rehearse(held: ExitStack, teller: Teller, network: str, *, keep_open: bool) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        booting = pool.submit(NETWORKS[network])
        held.callback(_close, booting)
        stage = Stage.build(RUN, teller)
        journey = Journey(stage)
        journey.make_keys()
        with teller.step("The Tor network is ready (it was starting while the keys were made)"):
            stage.network = booting.result()
    held.callback(journey.door.close)
    journey.whole()
    teller.say(f"\nAll of it took {time.monotonic() - started:.0f} seconds.")
    terminal = "another" if keep_open else "a"
    teller.say(BY_HAND.format(folder=stage.folder, programs=Path(sys.executable).parent, terminal=terminal))
    if keep_open:
        _stay(stage, teller)


def _close(booting: Future[PrivateTor | PublicTor]) -> None:
    if booting.exception() is None:
        booting.result().close()


def _stay(stage: Stage, teller: Teller) -> None:
    where = {"address": stage.network.address, "port": stage.network.socks_port, "onion": stage.onion}
    mine = {"codename": stage.codename}
    browser = {"profile": stage.folder / "chromium", "as_root": "" if os.geteuid() else CHROMIUM_AS_ROOT}
    teller.say(STAYING.format(**where, **mine, **browser))
    signal.pause()


if __name__ == "__main__":
    main()
