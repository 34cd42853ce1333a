"""The report of a check, as a text that can be saved: what was checked, with which result, by which tool and version.

Rules:
1. Of what the bundle says it holds file names, digests and times alone: no key, no person, no device, no place, no
   other case. Whoever passes it on reads it before.
2. It says on the same page what could not be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from reviewer.errors import ReviewerError
from reviewer.evidence import words
from reviewer.evidence.kept import Look
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reviewer.evidence.kept import Kept

_NOT_IN_IT = frozenset({"software"})
"""Checks whose words name a program, which may name a phone."""


def report(found: Sequence[Kept]) -> str:
    """Return the text; raises ReviewerError where no bundle was looked at."""
    bundles = [one for one in found if one.seen.look is Look.PROOF and one.seen.findings]
    if not bundles:
        raise ReviewerError(words.NO_REPORT, words.NAME_OTHER_REPORT)
    return "\n".join(line for one in bundles for line in _lines(one))


def _lines(kept: Kept) -> Iterator[str]:
    yield _("REPORT ON A PROOFMODE BUNDLE")
    yield ""
    yield _("Before you pass this on, read it: it holds names of files, and times.")
    yield _("Checked on {day} by {who}, with {tool}.").format(day=kept.day, who=kept.who, tool=kept.seen.tool)
    for name, sha256 in kept.seen.files:
        yield _("File received: {name}, SHA-256 {sha256}").format(name=one_line(name), sha256=sha256)
    for finding in kept.seen.findings:
        yield ""
        if finding.file:
            yield _("File: {name}, SHA-256 {sha256}").format(name=one_line(finding.file), sha256=finding.sha256)
        yield words.VERDICTS[finding.verdict]
        yield from (words.check(check) for check in finding.checks if check.code not in _NOT_IN_IT)
    yield ""
    yield from words.unchecked()
    yield ""
