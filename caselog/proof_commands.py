"""khomo-caselog check-proof: was this filed, and with whom?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from caselog import telling
from caselog.errors import TamperedError
from caselog.options import FILE, say
from caselog.proof import check_proof
from keys.command_line import json_option
from keys.sealing.papers import read_public_bundle, read_root

if TYPE_CHECKING:
    from pathlib import Path


@click.command("check-proof")
@click.argument("proof", type=FILE)
@click.option("--root", type=FILE, required=True, help="The organisation's root key, root.pub.")
@click.option("--bundle", type=FILE, required=True, help="Its public bundle, public-bundle.note.")
@click.option(
    "--document", "documents", type=FILE, multiple=True, help="A file to look for in the proof; may be repeated."
)
@json_option
def check_proof_command(*, proof: Path, root: Path, bundle: Path, documents: tuple[Path, ...], as_json: bool) -> None:
    """Check PROOF, the note of filing that a source saved: which desk held what, since which week.

    No keys of yours are needed. It shows that the desk held these very bytes, and not who sent them. The exit code is 4
    if no desk of the organisation signed it so, or if a document is not one of those that it names.

    \b
    Example:
      khomo-caselog check-proof notes.txt --root root.pub --bundle public-bundle.note --document invoice.pdf
    """  # noqa: D301 - click's own mark for "keep these lines"
    checked = check_proof(proof, read_public_bundle(bundle, read_root(root)), documents)
    say(telling.checked_proof(checked), telling.checked_proof_json(checked), as_json=as_json)
    if not checked.names_all:
        raise SystemExit(TamperedError.exit_code)
