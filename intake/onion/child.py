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


def app_command(module: str, config: Path) -> list[str]:
    """Return what starts an app of ours.

    ``-P``: no module comes from the folder in which somebody happens to stand; ``-I`` would drop the variables, too,
    that have freed memory overwritten.
    """
    return [sys.executable, "-P", "-m", module, str(config)]


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
