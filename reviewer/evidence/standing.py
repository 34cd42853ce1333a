"""What `show` says of a case's evidence, in a line or two: which proofs hold, and what was not looked at yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.evidence import words
from reviewer.evidence.kept import Look, latest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from reviewer.vault.rows import AttachmentRow

_MAY_BE = (".zip", ".proof.csv", ".proof.json")
"""How files are named that may be a bundle: a hint, since no file is opened for it."""


def below_files(rows: Session, case_id: int, files: Sequence[AttachmentRow]) -> Iterator[str]:
    """Give the lines; none where there is nothing to say."""
    found = latest(rows, case_id)
    for (look, number), kept in found.items():
        if look is Look.PROOF and kept.seen.findings:
            yield words.PROOF_LINE.format(number=number, verdict=words.SHORT[kept.seen.worst], case=case_id)
    seen = {sha256 for kept in found.values() for _name, sha256 in kept.seen.files}
    if any(file.original_name.lower().endswith(_MAY_BE) and file.sha256 not in seen for file in files):
        yield words.NOT_LOOKED.format(case=case_id)
