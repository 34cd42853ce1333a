"""The source pages with tiny limits: ``python limits_door.py FOLDER``, served as they are in earnest.

Two doubles: the day of the log is the one in the file ``today``, and the disk has as many bytes left as ``free`` says.
"""

from __future__ import annotations

import os
import sys
from dataclasses import fields, replace
from datetime import datetime, tzinfo
from pathlib import Path

from intake.config import Limits, parse_config
from intake.server import quiet_log
from intake.server.acted import FILE_NAME
from intake.server.hardening import restart_with_wiping_environment
from intake.server.numbers import SERVER_NUMBERS, Draining, Rates, ServerNumbers, Slots
from intake.server.run import serve
from intake.source.app import create_app
from intake.source.limits import LEAST_ROOM_BYTES
from intake.store import Store, StoreSettings
from keys.sealing.limits import KIB, MIB
from tests.intake.world import CONFIG, World

FOLDER = Path(sys.argv[1])
TODAY, FREE = (os.open(FOLDER / name, os.O_RDONLY) for name in ("today", "free"))
"""Opened once: also where there are no descriptors left the double must know the day."""
NUMBERS = replace(
    SERVER_NUMBERS,
    threads=8,
    slots=Slots(bodies=2, texts=1, waiting=1, patience_seconds=0.1),
    rates=Rates(pages="30 per minute", bodies="8 per minute", tries="2 per 10 minutes", circuits=200),
    anteroom=replace(SERVER_NUMBERS.anteroom, head_seconds=0.6, connections=60, buffered_bytes=1000 * KIB),
    inbound=replace(SERVER_NUMBERS.inbound, idle_seconds=2.0),
    draining=Draining(most_bytes=32 * MIB, idle_seconds=1.5, connections=3),
    stop_seconds=0.4,
)
SETTINGS = StoreSettings(
    free_floor_bytes=0,
    upkeep_bytes=0,
    step_seconds=0.0,
    lock_seconds=0.3,
    day_bytes=LEAST_ROOM_BYTES + 4 * MIB,
    day_text_bytes=2 * MIB,
)


def told(descriptor: int) -> str:
    """Return what a file says now."""
    return os.pread(descriptor, 16, 0).decode().strip()


class TheDayInTheFile(datetime):
    """The clock of the log."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> TheDayInTheFile:
        """Return the beginning of that day."""
        return cls.fromisoformat(told(TODAY)).replace(tzinfo=tz)


class TinyLimits(Limits):
    """The operator's limits, with our numbers for the server."""

    def server_numbers(self) -> ServerNumbers:
        """Return them."""
        return NUMBERS


class SmallStore(Store):
    """A store on a disk of which a file says how full it is."""

    def free_bytes(self) -> int:
        """Return what the file says."""
        return int(told(FREE))


def main() -> None:
    """Serve."""
    restart_with_wiping_environment()
    vars(quiet_log)["datetime"] = TheDayInTheFile
    config = parse_config(CONFIG, FOLDER / "config.toml")
    tiny = TinyLimits(**{one.name: getattr(config.limits, one.name) for one in fields(config.limits)})
    config, world = replace(config, limits=tiny), World()
    acted = (config.paths.store_dir / FILE_NAME, 0)
    serve(
        lambda: create_app(config, SmallStore(config.paths.store_dir, SETTINGS), world.bundle(), world.server_key),
        FOLDER / "door",
        NUMBERS,
        acted,
    )


if __name__ == "__main__":
    main()
