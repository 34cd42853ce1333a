"""khomo-caselog: what coalition leads do with the case log."""

from __future__ import annotations

from typing import Never

import click

from caselog.address_commands import sign_address_command
from caselog.checking_commands import audit, verify
from caselog.errors import CaseLogError, WrongKeyError
from caselog.folder_commands import cosign, import_, init
from caselog.proof_commands import check_proof_command
from caselog.viewing_commands import export, list_, show
from keys import __version__
from keys.command_line import end_with_exit_codes, exit_codes, for_screen
from keys.opening.errors import WrongPassphraseError
from keys.sealing.display import one_line
from keys.sealing.errors import KhomoError
from keys.sealing.system_errors import in_words

_CODES = (
    *("3 wrong passphrase, or not for you", "4 damaged or tampered with", "5 replayed", "6 forked"),
    *("7 truncated, or something addressed to you is missing", "8 a row has no disposition"),
)


class _Group(click.Group):
    """Turns our errors into what happened, what to do next, and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CaseLogError as error:
            _tell(error, error.exit_code)
        except WrongPassphraseError as error:
            _tell(error, WrongKeyError.exit_code)
        except UnicodeError:
            _tell(CaseLogError("A text holds bytes that are no characters (UTF-8).", "Save the file as UTF-8."), 1)
        except KhomoError as error:
            _tell(error, 1)
        except OSError as error:
            _tell(in_words(error), 1)


def _tell(error: Exception, exit_code: int) -> Never:
    for line in for_screen(f"Error: {one_line(str(error))}"):
        click.echo(line, err=True)
    raise SystemExit(exit_code)


@click.group(cls=_Group, epilog=exit_codes(*_CODES), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="khomo-caselog")
def main() -> None:
    """Read the cases that the desk gives you, and check that nothing addressed to you is missing.

    \b
    Example:
      khomo-caselog import khomo-to-lead-anna-000003.age && khomo-caselog list
    """  # noqa: D301 - click's own mark for "keep these lines"


for _command in (init, import_, list_, show, verify, audit, export, cosign, check_proof_command, sign_address_command):
    main.add_command(_command)
end_with_exit_codes(main)
