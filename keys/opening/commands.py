"""khomo-keys: the ceremony, what changes after it, sheets of paper, recipients and identities."""

from __future__ import annotations

import click

from keys import __version__
from keys.command_line import end_with_exit_codes, exit_codes
from keys.opening.amend_command import amend_command
from keys.opening.ceremony_command import ceremony
from keys.opening.epoch_commands import epoch
from keys.opening.errors import WrongPassphraseError
from keys.opening.person_commands import lead, passphrase
from keys.opening.reading_commands import export_identity, recipients, show
from keys.opening.share_commands import shares
from keys.sealing.display import one_line
from keys.sealing.errors import KhomoError
from keys.sealing.system_errors import in_words


class _WrongPassphrase(click.ClickException):
    exit_code = 3


class _Group(click.Group):
    """Turns our errors into what happened, what to do next, and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except WrongPassphraseError as error:
            raise _WrongPassphrase(one_line(str(error))) from error
        except KhomoError as error:
            raise click.ClickException(one_line(str(error))) from error
        except OSError as error:
            raise click.ClickException(one_line(str(in_words(error)))) from error


@click.group(
    cls=_Group,
    epilog=exit_codes("3 a passphrase does not open its file"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="khomo-keys")
def main() -> None:
    """Make and open keys, on a machine that has no network.

    \b
    Example:
      khomo-keys ceremony /media/stick/ceremony --organisation "Open Harbour"
    """  # noqa: D301 - click's own mark for "keep these lines"


for _command in (ceremony, epoch, amend_command, shares, recipients, export_identity, show, lead, passphrase):
    main.add_command(_command)
end_with_exit_codes(main)
