"""The last page before a case leaves, in words, to be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caselog.case_record import Form
from keys.sealing.display import one_line
from reviewer.display import quoted, size
from reviewer.forward_words import echoes
from reviewer.letter_words import audience, audiences
from reviewer.purposes import Purpose
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from caselog.case_record import CaseAttachment
    from reviewer.last_page import LastPage, Share
    from reviewer.recipients import ToWithdraw

ASK = {
    Purpose.CASE: _("Does exactly this leave, to these leads?"),
    Purpose.CORRECTION: _("Does exactly this take the place of what these leads have?"),
    Purpose.WITHDRAWAL: _("Is the case taken back from these leads?"),
}
RISK_FORM = _("An answer is written NAME=ANSWER, as holders=many, not {field!r}.")
WITHHOLD_FORM = _("What is withheld is written LEAD:FIELD, as anna:language, not {given!r}.")
ONLY_AGAINST = _("--tell-source goes with --against-consent.")
NOT_YES = _("Nothing was prepared, and nothing leaves.")
ASK_AGAIN = _("Run it again when it is right.")

HELD = _("source or policy allow less by now, it was closed or withdrawn, or a signer is no reviewer any more.")

WENT = {
    Purpose.CASE: _("Forwarded"),
    Purpose.CORRECTION: _("Corrected, where it went"),
    Purpose.WITHDRAWAL: _("Withdrawn, where it went"),
}
"""What became of a case, as `show` says it."""

GOES = {
    Purpose.CASE: _("To be forwarded"),
    Purpose.CORRECTION: _("To be corrected, where it went"),
    Purpose.WITHDRAWAL: _("To be withdrawn, where it went"),
}
"""What is to become of it."""

_TITLES = {
    Purpose.CASE: _("=== Case {case}, revision {revision}: this is what leaves ==="),
    Purpose.CORRECTION: _("=== Case {case}, revision {revision}: a CORRECTION for all who have it ==="),
    Purpose.WITHDRAWAL: _("=== Case {case}, revision {revision}: a WITHDRAWAL ==="),
}


def last_page(page: LastPage) -> Iterator[str]:
    """All of it: what each lead gets, who signs, what the source is told, and what to think of."""
    yield _TITLES[page.purpose].format(case=page.case, revision=page.record.revision)
    if page.why:
        yield _("Reason, which leads read:")
        yield from quoted(page.why)
    for share in page.shares:
        yield from _share(share)
    for name, why in page.left_out.items():
        yield _("ATTENTION: {lead} gets nothing: {why}").format(lead=one_line(name), why=why)
    yield from _files(page)
    yield _("Signed by: {signers}").format(signers=one_line(", ".join(page.signers)))
    yield from _source(page)
    yield from _warnings(page)


def last_page_json(page: LastPage) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "case": page.case,
        "revision": page.record.revision,
        "purpose": page.purpose,
        "reason": page.why,
        "leads": [
            {
                "name": one.lead,
                "audience": one.audience,
                "fields": dict(one.fields),
                "withheld": one.withheld,
                "note": one.note,
            }
            for one in page.shares
        ],
        "left_out": dict(page.left_out),
        "files": [{"name": one.name, "form": one.form, "size": one.size, "sha256": one.sha256} for one in page.files],
        "signers": page.signers,
        "against": sorted(page.against),
        "against_reason": page.against_why,
        "source_reads": {"audiences": sorted(page.told), "text": page.told_text, "can": page.can_be_told},
        "never": page.never,
        "risks": {question.name: answer for question, answer in page.risks},
        "files_reason": page.files_why,
        "words_of_the_source": page.echoes,
    }


def to_withdraw(found: tuple[ToWithdraw, ...]) -> Iterator[str]:
    """Cases that some leads have against what their sources allow now."""
    for one in found:
        yield _(
            "ATTENTION: the source of case {case} does not allow any more that {leads} see it, who have it: "
            "khomo-reviewer withdraw {case} {options} --reason REASON"
        ).format(
            case=one.case,
            leads=one_line(", ".join(one.leads)),
            options=" ".join(f"--from {name}" for name in one.leads),
        )


def lead_withheld(name: str, fields: Collection[str]) -> str:
    """What a lead is never told."""
    told = _("{name} is never told: {fields}") if fields else _("{name} is told every field.")
    return told.format(name=one_line(name), fields=", ".join(sorted(fields)))


def _share(share: Share) -> Iterator[str]:
    yield _("--- {lead} ({audience}) gets ---").format(lead=one_line(share.lead), audience=audience(share.audience))
    if share.note:
        yield _("  ATTENTION: {note}").format(note=share.note)
    for name, value in share.fields.items():
        yield f"  {one_line(name)}:"
        yield from (f"    {line}" for line in quoted(value))
    yield _("  withheld from this lead: {fields}").format(fields=", ".join(share.withheld) or _("nothing"))


def _files(page: LastPage) -> Iterator[str]:
    if page.purpose is not Purpose.WITHDRAWAL:
        yield _("--- files for each of them ---") if page.files else _("No files.")
        for file in page.files:
            yield from _file(file)


def _file(file: CaseAttachment) -> Iterator[str]:
    form = _("AS IT CAME") if file.form is Form.ORIGINAL else _("made anew, by your word")
    yield _("  {name}: {form}, {size}").format(name=one_line(file.name), form=form, size=size(file.size))
    yield f"    sha256 {file.sha256}"


def _source(page: LastPage) -> Iterator[str]:
    if page.purpose is Purpose.WITHDRAWAL:
        yield _("The source is told nothing of this by itself: khomo-reviewer reply {case} -").format(case=page.case)
    elif not page.can_be_told:
        yield _("The source has no box that it can read: it is told nothing.")
    else:
        yield _("The source reads, after the next outbox: it went to {audiences}.").format(
            audiences=audiences(page.told)
        )
        if page.told_text:
            yield from quoted(page.told_text)


def _warnings(page: LastPage) -> Iterator[str]:
    if page.against:
        yield _(
            "ATTENTION: AGAINST THE SOURCE'S CONSENT. It did not allow: {audiences}. The reason, for all to read:"
        ).format(audiences=audiences(page.against))
        yield from quoted(page.against_why)
    if page.never:
        yield _("ATTENTION: the source says who must NEVER see it. Is one of these leads among them, or close to them?")
        yield from quoted(page.never)
    for question, answer in page.risks:
        yield _("ATTENTION: {name}: {answer}. {advice}").format(
            name=question.name, answer=answer, advice=question.advice
        )
    if page.files_why:
        yield _("ATTENTION: files go though few people had them. The reason:")
        yield from quoted(page.files_why)
    yield from echoes(page.echoes)
