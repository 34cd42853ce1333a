"""The courier's app as a process of its own: ``python -P -m intake.onion.courier_door CONFIG``.

It shares the store with the source pages, and no socket, no session and no key with them. ``khomo-intake serve`` starts
it where the configuration lets a courier in.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from intake.courier.importing import Trust
from intake.courier.line.app import Line, create_courier_app
from intake.courier.line.parcels import Parcels
from intake.courier.line.visits import Visits
from intake.onion.child import be_app
from intake.onion.torrc import Layout
from intake.papers import CurrentBundle, read_papers, read_root_key
from intake.server.numbers import SERVER_NUMBERS
from intake.server.run import serve
from intake.store.configured import open_store
from keys.sealing.onion_address import OnionAddress

if TYPE_CHECKING:
    from flask import Flask

    from intake.config import Config

THREADS = 16
BODIES = 8
"""One courier at a time is what there is; a few more when a line broke and came back."""


def make_line(config: Config) -> Line:
    """Put together what the app is made of."""
    papers = read_papers(config)
    current = CurrentBundle(config.paths)
    root = read_root_key(config.paths)
    store = open_store(config, policy=papers.bundle.policy)
    hostname = Layout.of(config).courier_hostname

    def onion() -> OnionAddress:
        return OnionAddress.parse(hostname.read_text(encoding="ascii"))

    visits = Visits(current, onion, lambda: datetime.now(UTC))
    return Line(
        store, papers.server_key, lambda: Trust(root, current(), config.paths.public_bundle), visits, Parcels(store)
    )


def serve_courier(config: Config) -> None:
    """Serve the courier's app until SIGTERM; ends the process."""
    read_papers(config)  # what is wrong with them is said here, in words, and not by the worker

    def make() -> Flask:
        return create_courier_app(make_line(config))

    slots = dataclasses.replace(SERVER_NUMBERS.slots, bodies=BODIES, texts=1, waiting=1)
    numbers = dataclasses.replace(SERVER_NUMBERS, threads=THREADS, slots=slots)
    serve(make, Layout.of(config).courier_door, numbers)


if __name__ == "__main__":
    be_app(serve_courier)
