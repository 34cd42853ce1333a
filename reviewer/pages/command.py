"""``khomo-reviewer serve``: the desk on pages, for a browser on this machine."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - click reads the annotations

import click

from reviewer.errors import ReviewerError
from reviewer.pages import limits
from reviewer.pages.app import create_app
from reviewer.pages.desk import Desk
from reviewer.pages.doorway import Doorway
from reviewer.pages.server import LoopbackServer, until_ctrl_c
from reviewer.terminal import say, vault_option
from reviewer.translation import translated as _


@click.command("serve")
@vault_option
@click.option(
    "--lock-after",
    type=click.IntRange(1, limits.LOCK_AFTER_MOST),
    default=limits.LOCK_AFTER,
    show_default=True,
    help="Minutes without a page after which the vault locks itself.",
)
def serve_command(vault_folder: Path, lock_after: int) -> None:
    """Show the desk on pages, to one browser on this machine, until Ctrl+C.

    It prints an address that opens once: open it in a private window of the browser. The passphrase is asked for there.
    While the vault is open on the pages, no other command can use it.

    \b
    Example:
      khomo-reviewer serve --lock-after 5
    """  # noqa: D301
    if os.geteuid() == 0:
        raise ReviewerError(
            _("The pages are not served as root: a browser of root is a gift to whatever attacks it."),
            _("Start this as the user who works at the desk."),
        )
    if click.get_current_context().obj is not None:
        raise ReviewerError(_("The vault is open in this shell."), _("End the shell first."))
    desk, doorway, server = Desk(vault_folder, lock_after), Doorway(), LoopbackServer()
    app = create_app(desk, doorway, server.host)
    server.set_app(app)
    with until_ctrl_c(server, desk):
        say([_("Open this in a private window of a browser on this machine. It opens once:")])
        say([f"http://{server.host}{doorway.path}"], is_value=True)
        say([_("Ctrl+C ends it and locks the vault.")])
        server.serve_forever(poll_interval=0.2)
    say([_("Ended. The vault is locked.")])
