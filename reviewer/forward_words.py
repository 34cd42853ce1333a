"""What the desk says of cases that are prepared for leads, to be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselog.case_record import Form
from keys.sealing.display import one_line
from reviewer.display import quoted, size
from reviewer.letter_words import audience
from reviewer.purposes import Purpose
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from caselog.case_record import CaseAttachment
    from reviewer.packages import Signed
    from reviewer.prepared import Prepared, Unsigned

ASK_SIGN = _("Sign this?")
ASK_MADE = _("Was {name} made anew, so that nothing of the source's file is left in it?")
NOT_MADE = _("{name} was not made anew. Nothing was prepared.")
MAKE_IT = _("Make it from what is seen or heard, as a picture of its pixels, not by saving the source's file again.")


def prepared(found: Prepared) -> Iterator[str]:
    """All that a signature is to cover."""
    yield _("Number {number}: case {case}, revision {revision}, prepared on {day}").format(
        number=found.number, case=found.case, revision=found.revision, day=found.day
    )
    yield from _why(found)
    for name, kind in found.leads.items():
        yield _("  for {lead}: {audience}").format(lead=one_line(name), audience=audience(kind))
        if name in found.withheld:
            yield _("    but not: {fields}").format(fields=", ".join(found.withheld[name]))
    yield from _never(found.never)
    for name, signed_it in found.signers.items():
        state = _("has signed") if signed_it else _("is to sign")
        yield f"  {one_line(name)}: {state}"
    for name, value in found.fields.items():
        yield f"  {one_line(name)}:"
        yield from (f"    {line}" for line in quoted(value))
    for file in found.files:
        yield from _file(file, found.prepared_by)
    if not found.files:
        yield _("  no files")
    yield from echoes(found.echoes)


def echoes(found: Iterable[str]) -> Iterator[str]:
    """Words of the source in what is to go."""
    for words in found:
        yield _("ATTENTION: these words stand in what the source sent. Say it in your own words:")
        yield from quoted(words)


def _why(found: Prepared) -> Iterator[str]:
    """What else than a case that its source allowed is to be signed."""
    if found.purpose is Purpose.CORRECTION:
        yield _("  a CORRECTION of what these leads have. The reason:")
        yield from (f"    {line}" for line in quoted(found.why))
    if found.purpose is Purpose.WITHDRAWAL:
        yield _("  a WITHDRAWAL of all that these leads were told of the case. The reason:")
        yield from (f"    {line}" for line in quoted(found.why))
    if found.against:
        yield _("ATTENTION: AGAINST THE SOURCE'S CONSENT. Sign only if you would decide so yourself:")
        yield from (f"    {line}" for line in quoted(found.against))
        yield _("  The source will read:")
        yield from (f"    {line}" for line in quoted(found.told))


def _never(words: str) -> Iterator[str]:
    """Whom the source excludes: no program can tell whether a lead is one of them."""
    if words:
        yield _("ATTENTION: the source says who must NEVER see it. Is one of these leads among them, or close to them?")
        yield from quoted(words)


def _file(file: CaseAttachment, who: str) -> Iterator[str]:
    made = _("not the source's bytes; {who} says that it was made anew").format(who=one_line(who))
    form = _("AS IT CAME") if file.form is Form.ORIGINAL else made
    yield _("  file {name}: {form}, {size}").format(name=one_line(file.name), form=form, size=size(file.size))
    yield f"    sha256 {file.sha256}"


def signed(found: Signed) -> Iterator[str]:
    """Where the signatures of a forwarded case stand."""
    yield _("Number {id}, for {leads}.").format(id=found.forward, leads=", ".join(found.leads))
    yield from _never(found.never)
    if found.is_complete:
        told = _("Signed by {signers}. It leaves with the next outbox.")
        if found.tells_source:
            told = _("Signed by {signers}. It leaves with the next outbox, and the source is told then.")
        yield told.format(signers=", ".join(found.signers))
        return
    yield _("Still to sign: {missing}. Each runs: khomo-reviewer sign {id}").format(
        missing=", ".join(found.missing), id=found.forward
    )


def unsigned(waiting: Iterable[Unsigned]) -> Iterator[str]:
    """What does not leave, and who signs it."""
    for one in waiting:
        yield _(
            "ATTENTION: number {number} (case {case}) does not leave before {missing} signed it: "
            "khomo-reviewer sign {number}"
        ).format(number=one.number, case=one.case, missing=one_line(", ".join(one.missing)))
