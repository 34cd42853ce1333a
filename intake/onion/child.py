"""How an app becomes a process of its own beside tor: ``khomo-intake serve`` starts one for each door."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from intake.config import load_config
from intake.server.hardening import end_with_parent, restart_with_wiping_environment
from keys.sealing.errors import KhomoError
from keys.sealing.system_errors import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.config import Config


def be_app(serve: Callable[[Config], object]) -> None:
    """Serve the configuration that the command line names, until the parent ends; errors end it in words."""
    end_with_parent()
    restart_with_wiping_environment()
    try:
        serve(load_config(Path(sys.argv[1])))
    except KhomoError as error:
        sys.exit(f"Error: {error}")
    except OSError as error:
        sys.exit(f"Error: {in_words(error)}")
