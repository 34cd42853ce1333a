"""``khomo-intake serve``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from intake.command_line import with_config
from intake.onion.alone import alone
from intake.onion.serve import DoorService
from intake.onion.source_door import serve_source
from intake.onion.telling import Steps
from intake.onion.torrc import Layout
from intake.server.hardening import restart_with_wiping_environment
from intake.server.quiet_log import silence
from keys.command_line import exit_codes

if TYPE_CHECKING:
    from intake.config import Config


@click.command("serve", epilog=exit_codes(done="stopped as asked"))
@click.option("--tor/--no-tor", default=True, help="Without tor the pages are served on their unix socket only.")
@with_config
def serve(config: Config, *, tor: bool) -> None:
    """Open the door: serve the pages and offer them as an onion service, until SIGTERM or Ctrl-C.

    Every step is told; at the end stands the address, after a page has come back through tor itself. Where the same
    configuration is served already, it is refused.

    \b
    Example:
      khomo-intake serve --config /etc/khomo/config.toml
    """  # noqa: D301  # click reads the backspace
    silence()
    if tor:
        DoorService(config, Steps(sys.stdout)).run()
    else:
        restart_with_wiping_environment()
        with alone(Layout.of(config).door):
            serve_source(config, Steps(sys.stdout).say)
