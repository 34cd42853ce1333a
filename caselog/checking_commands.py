"""khomo-caselog verify and audit: is what I was shown right, and is all of it there?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from caselog import telling
from caselog.audit import audit as audit_rows
from caselog.audit import unread_manifest
from caselog.errors import CaseLogError, TruncatedError, UnaccountedError
from caselog.options import (
    FILE,
    FILE_OR_FOLDER,
    Lead,
    lead_options,
    say,
)
from caselog.viewing import compare_head, logs_of, verify_all
from keys.command_line import json_option
from keys.opening.terminal import progress_bar
from keys.sealing.bundle import UntrustedBundle
from keys.sealing.errors import FormatError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from caselog.manifest_chains import Finding
    from keys.sealing.notes import VerifyKey

_NOTE = b"khomo/bundle/"


@click.command()
@lead_options
@click.option("--head", "heads", type=FILE, multiple=True, help="A head that another lead was shown; may be repeated.")
@json_option
def verify(lead: Lead, *, heads: tuple[Path, ...], as_json: bool) -> None:
    """Check everything in your folder again, to the last byte, and compare it with the heads that others saw.

    \b
    Example:
      khomo-caselog verify --head head-bo.note
    """  # noqa: D301 - click's own mark for "keep these lines"
    store = lead.store()
    identity = lead.identity()
    total = sum(len(state.packages) for _, state in store.states())
    with progress_bar(total, "Reading packages") as bar:
        results = verify_all(store, identity, bar.update, lead.card().verify_key)
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
    Rows that came after the last delivery wait for the next one. The exit code is 8 if an earlier row has no
    disposition, or if a manifest, a chain of them or a desk's word is wrong.

    \b
    Example:
      khomo-caselog audit manifests/
    """  # noqa: D301 - click's own mark for "keep these lines"
    store = lead.store()
    found = list(logs_of(store))
    logs = {log.state.desk: log.leaves for log in found}
    last = {log.state.desk: max(seen.day for seen in log.state.deliveries.values()) for log in found}
    files = [file for path in manifests for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    if not files:
        raise CaseLogError(
            f"There is no manifest in {', '.join(map(str, manifests))}: nothing was looked at.",
            "Ask the operator for the manifests, and name their folder.",
        )
    notes, unread = _manifests(files, store.bundle.servers)
    result = audit_rows(notes, logs, store.bundle, last)
    result = replace(result, problems=(*unread, *result.problems))
    say(telling.audited(result), telling.audited_json(result), as_json=as_json)
    if not result.accounts_for_all:
        raise SystemExit(UnaccountedError.exit_code)


def _manifests(files: Sequence[Path], servers: Collection[VerifyKey]) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the notes by the names of their files, and what is wrong with the bundles that cannot be opened."""
    notes: dict[str, bytes] = {}
    unread: list[Finding] = []
    for path in files:
        try:
            notes[str(path)] = _manifest(path, servers)
        except (FormatError, SignatureError) as error:
            unread.append(unread_manifest(str(path), error))
    return notes, unread


def _manifest(path: Path, servers: Collection[VerifyKey]) -> bytes:
    with path.open("rb") as file:
        if file.read(len(_NOTE)) == _NOTE:
            return path.read_bytes()
    return UntrustedBundle(path).verify(servers).note
