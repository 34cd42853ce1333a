"""The source pages as a process of their own: ``python -P -m intake.onion.source_door CONFIG``.

``khomo-intake serve`` starts it beside tor, and becomes it with ``--no-tor``. It knows nothing of tor but the socket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.onion.child import be_app
from intake.onion.torrc import Layout
from intake.papers import CurrentBundle, read_papers
from intake.server.acted import FILE_NAME
from intake.server.run import serve
from intake.source.app import create_app
from intake.store.configured import open_store
from intake.store.inspection import remove_orphans
from intake.store.settings import FILE_TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from intake.config import Config


def serve_source(config: Config, tell: Callable[[str], object] = lambda _words: None) -> None:
    """Serve the source pages until SIGTERM; ends the process.

    Args:
        config: read and checked.
        tell: told in words when the pages answer, and where.
    """
    read_papers(config)  # what is wrong with them is said here, in words, and not by the worker
    door = Layout.of(config).door

    def make() -> Flask:
        app = make_app(config)
        tell(f"Pages answer at {door}, without tor. Ctrl+C or SIGTERM ends them.")
        return app

    serve(make, door, config.limits.server_numbers(), (config.paths.store_dir / FILE_NAME, FILE_TIME))


def make_app(config: Config) -> Flask:
    """Make the app; called in the worker, as store and session key live in one process."""
    store = open_store(config)
    remove_orphans(store)
    return create_app(config, store, CurrentBundle(config.paths), read_papers(config).server_key)


if __name__ == "__main__":
    be_app(serve_source)
