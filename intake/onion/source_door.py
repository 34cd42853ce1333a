"""The source pages as a process of their own: ``python -m intake.onion.source_door CONFIG``.

``khomo-intake serve`` starts it beside tor, and becomes it with ``--no-tor``. It knows nothing of tor but the socket.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from intake.config import Config, load_config
from intake.onion.torrc import Layout
from intake.papers import CurrentBundle, read_papers
from intake.server.acted import FILE_NAME
from intake.server.hardening import end_with_parent, restart_with_wiping_environment
from intake.server.run import serve
from intake.source.app import create_app
from intake.store.configured import open_store
from intake.store.inspection import remove_orphans
from intake.store.settings import FILE_TIME
from keys.sealing.errors import KhomoError
from keys.sealing.system_errors import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


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


def main(path: Path) -> None:
    """Be the pages of a door whose tor another process looks after."""
    end_with_parent()
    restart_with_wiping_environment()
    try:
        serve_source(load_config(path))
    except KhomoError as error:
        sys.exit(f"Error: {error}")
    except OSError as error:
        sys.exit(f"Error: {in_words(error)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
