"""khomo-caselog verify and audit: is what I was shown right, and is all of it there?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from caselog import telling
from caselog.audit import audit as audit_rows
from caselog.errors import TruncatedError, UnaccountedError
from caselog.options import (
    FILE,
    FILE_OR_FOLDER,
    Lead,
    json_option,
    lead_options,
    say,
)
from caselog.viewing import compare_head, logs_of, verify_all
from keys.sealing.bundle import UntrustedBundle

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.notes import VerifyKey

_NOTE = b"khomo/bundle/"


@click.command()
@lead_options
@click.option("--head", "heads", type=FILE, multiple=True, help="A head that another lead was shown; may be repeated.")
@json_option
def verify(lead: Lead, *, heads: tuple[Path, ...], as_json: bool) -> None:
    """Check everything in your folder again, to the last byte, and compare it with the heads that others saw.

    \b
    Example: khomo-caselog verify --head head-bo.note
    """  # noqa: D301 - click's own mark for "keep these lines"
    store = lead.store()
    identity = lead.identity()
    total = sum(len(state.packages) for _, state in store.states())
    with click.progressbar(length=total, label="Reading packages", file=sys.stderr) as bar:
        results = verify_all(store, identity, bar.update)
    compared = [(path, *compare_head(store, path.read_bytes())) for path in heads]
    text = [telling.verified(results)]
    text += [telling.compared(path, desk, size, newer=newer) for path, desk, size, newer in compared]
    say("\n".join(text), telling.verified_json(results), as_json=as_json)
    if not all(one.complete for one in results) or any(newer for *_, newer in compared):
        raise SystemExit(TruncatedError.exit_code)


@click.command()
@click.argument("manifests", type=FILE_OR_FOLDER, nargs=-1, required=True, metavar="MANIFEST...")
@lead_options
@json_option
def audit(lead: Lead, *, manifests: tuple[Path, ...], as_json: bool) -> None:
    """Compare the server's manifests with the log: is every row that reached the door accounted for?

    MANIFEST is a manifest that the server has signed, a whole bundle, or a folder of these. Get them from the operator,
    not from the desk.
    The exit code is 8 if a row has no disposition.

    \b
    Example: khomo-caselog audit manifests/
    """  # noqa: D301 - click's own mark for "keep these lines"
    store = lead.store()
    leaves = [leaf for log in logs_of(store) for leaf in log.leaves]
    servers = store.bundle.servers
    files = [file for path in manifests for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    result = audit_rows([_manifest(file, servers) for file in files], leaves, servers)
    say(telling.audited(result), telling.audited_json(result), as_json=as_json)
    if not result.clean:
        raise SystemExit(UnaccountedError.exit_code)


def _manifest(path: Path, servers: tuple[VerifyKey, ...]) -> bytes:
    with path.open("rb") as file:
        if file.read(len(_NOTE)) == _NOTE:
            return path.read_bytes()
    return UntrustedBundle(path).verify(servers).note
