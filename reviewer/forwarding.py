"""Forwarding: what of a case goes to which leads, checked against what its source allowed.

Rules:
1. A lead gets a case only if the source allowed the lead's kind of audience, for every part of the report; else two
   reviewers sign why not, see ``overrides``.
2. Title and summary are the reviewer's words. The source's words do not leave the desk.
3. Files are those that a reviewer made; a file as it came needs the source's consent, the policy's, and two signatures.
   What bytes show of that, ``made_files`` looks at; that a file was made anew is a reviewer's word, and told as such.
4. No name that the source gave a file leaves the desk.
5. The source is told when it has happened.
6. What could lead to the source is asked first, see ``risks``. What is shown on the last page is what goes.
7. A field that is withheld from a lead is in no part of that lead's package; one that is withheld from all is not in
   the log's leaf either.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path  # noqa: TC003 - the type of a field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from caselog.case_record import CaseAttachment, CaseRecord, Form
from caselog.custody import Act, CustodyEntry
from caselog.package import ORIGINALS_NEED
from reviewer import letter_words, risks
from reviewer.cases import get_case, may_see
from reviewer.consent import consent_from_text
from reviewer.echoes import echoes
from reviewer.errors import RefusedError, ReviewerError
from reviewer.going_files import GoingFile, going_files, seal_files
from reviewer.last_page import LastPage, Share
from reviewer.leads import checked_field, get_lead
from reviewer.overrides import can_be_told, check_policy, checked_reason, told_leads, told_source
from reviewer.packages import check_originals, sign_forward, told_to
from reviewer.people import accused_for_leads
from reviewer.preparing import prepare, signers_for
from reviewer.purposes import Purpose, from_column, to_column
from reviewer.recipients import recipients
from reviewer.values import Disposition, Severity
from reviewer.vault.log_rows import ForwardRow
from reviewer.vocabulary import categories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from keys.sealing.notes import SigningKey
    from reviewer.overrides import Override
    from reviewer.packages import Signed
    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change, Vault


COMPUTED = frozenset(
    {"title", "summary", "may_see", "first_day", "last_day", "severity", "category", "language", "perpetrator"}
)
"""Fields of a case that no wish sets: they are what the vault says, or have options of their own."""

_CUSTODY = {Form.REMADE: Act.REMADE, Form.STRIPPED: Act.REDACTED, Form.ORIGINAL: Act.COPIED}
_ASK_AGAIN = "Allowed: {allowed}. Ask with: khomo-reviewer reply {case} --question"
_OTHER_KEYS = "has other keys than those to which it went: speak to this lead in person"


@dataclass(frozen=True)
class Wish:
    """What is to go, and to whom.

    Attributes:
        risks: answers to the questions of ``risks``; ``files_why`` says why files go though few people had them.
        withheld: names of fields that a lead is not told, by the lead's name.
        override: why it goes to somebody whom the source did not allow.
        correction: why it takes the place of what leads were told before. It goes to all of them.
    """

    leads: tuple[str, ...]
    title: str
    summary: str
    fields: Mapping[str, str] = field(default_factory=dict)
    made_files: tuple[Path, ...] = ()
    originals: tuple[int, ...] = ()
    more_signers: tuple[str, ...] = ()
    risks: Mapping[str, str] = field(default_factory=dict)
    files_why: str = ""
    withheld: Mapping[str, frozenset[str]] = field(default_factory=dict)
    override: Override | None = None
    correction: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """All that a reviewer wrote, and leads or the source read."""
        override = (self.override.reason, self.override.told) if self.override else ()
        return (self.title, self.summary, *self.fields.values(), self.correction, *override)


@dataclass(frozen=True)
class Plan:
    """A last page, and where its files lie."""

    page: LastPage
    files: tuple[GoingFile, ...]
    custody: tuple[CustodyEntry, ...]


def plan_forward(vault: Vault, case_id: int, wish: Wish, reviewer: str) -> Plan:
    """Say what would go, and write nothing; raises RefusedError where consent, policy or risk says no."""
    _check_fields(wish)
    with vault.look() as rows:
        case = get_case(rows, case_id)
        wish, left_out = _to_all_who_have_it(rows, case, wish)
        against = _check_allowed(rows, case, wish)
        risks.check_answers(wish.risks)
        risks.check_files(wish.risks, has_files=bool(wish.made_files or wish.originals), why=wish.files_why)
    files = going_files(vault, case_id, wish.made_files, wish.originals)
    with vault.look() as rows:
        case, done = get_case(rows, case_id), _Done(vault.today(), reviewer)
        record, shares = _shares(rows, wish, _record(rows, case, wish, [file.attachment for file in files]))
        custody = _custody(done, case, wish, record.attachments, against)
        signers = signers_for(rows, wish.more_signers, reviewer, record, custody)
        page = LastPage(case_id, record, shares, signers, against=against, left_out=left_out)
        page = _with_words(rows, case, wish, page, done.day)
    return Plan(page, tuple(files), tuple(custody))


def _with_words(rows: Session, case: CaseRow, wish: Wish, page: LastPage, day: date) -> LastPage:
    """Add what a person has to read before saying yes."""
    return replace(
        page,
        purpose=Purpose.CORRECTION if wish.correction else Purpose.CASE,
        why=wish.correction.strip(),
        against_why=wish.override.reason.strip() if wish.override else "",
        told=frozenset(share.audience for share in page.shares),
        told_text=told_source(wish.override, page.against, day) if wish.override else "",
        can_be_told=can_be_told(rows, case),
        never=consent_from_text(case.consent).never,
        risks=tuple(risks.warnings(wish.risks)),
        files_why=wish.files_why.strip(),
        echoes=echoes(rows, case.id, wish.texts),
    )


def forward(vault: Vault, case_id: int, wish: Wish, reviewer: SigningKey, shown: LastPage | None = None) -> Signed:
    """Prepare a case for leads and sign it; raises RefusedError where consent, policy or risk says no.

    ``shown`` is the page that a person said yes to: what is prepared is that, or nothing is.
    """
    plan = plan_forward(vault, case_id, wish, reviewer.name)
    if shown is not None and plan.page != shown:
        raise ReviewerError("Something changed since it was shown. Nothing was prepared.", "Look at it again.")
    files = seal_files(vault, plan.files)
    with vault.change() as change:
        row = prepare(change, plan.page, plan.custody, files)
        _open_again(change, get_case(change.rows, case_id))
        change.record("correct" if wish.correction else "forward", case_id, **_history(wish, plan.page))
        return sign_forward(change, vault.attachments, row, reviewer)


def _history(wish: Wish, page: LastPage) -> dict[str, tuple[str | None, str | None]]:
    """What the history keeps: to whom, what was answered, and every reason."""
    said = {
        "leads": ", ".join(share.lead for share in page.shares),
        "title": wish.title,
        "files in spite of few holders": page.files_why,
        "against consent": page.against_why,
        "not allowed": to_column(page.against),
        "correction": page.why,
        **{f"withheld from {share.lead}": ", ".join(share.withheld) for share in page.shares},
        **{f"risk {name}": answer for name, answer in wish.risks.items()},
    }
    return {name: (None, value) for name, value in said.items() if value}


def _check_fields(wish: Wish) -> None:
    computed = sorted(wish.fields.keys() & COMPUTED)
    if computed:
        raise ReviewerError(
            f"The desk itself says what stands in {', '.join(computed)}.",
            "Give other fields with --field; severity, category and consent are those of the case.",
        )
    for name in (name for names in wish.withheld.values() for name in names):
        checked_field(name)
    if wish.correction:
        checked_reason(wish.correction)


def _to_all_who_have_it(rows: Session, case: CaseRow, wish: Wish) -> tuple[Wish, dict[str, str]]:
    """Address a correction to everybody who has the case; returns who cannot get it, too. Raises ReviewerError."""
    if not wish.correction:
        return wish, {}
    have = recipients(rows, case.id)
    if not have:
        raise ReviewerError(f"No lead has case {case.id}: there is nothing to correct.", "Use: khomo-reviewer forward")
    left_out = {one.lead: _OTHER_KEYS for one in have if not one.has_same_key and one.lead not in wish.leads}
    leads = {*wish.leads, *(one.lead for one in have)} - left_out.keys()
    if not leads:
        raise ReviewerError(
            f"Case {case.id} went to {', '.join(sorted(left_out))}, and none of them can get it: they have other keys.",
            "Speak to them in person. Name those to whom the new keys belong: --to LEAD",
        )
    return replace(wish, leads=tuple(sorted(leads))), left_out


def _check_allowed(rows: Session, case: CaseRow, wish: Wish) -> frozenset[str]:
    """Return kinds of audience that the source did not allow, and for which there is an override."""
    allowed, leads = may_see(case), [get_lead(rows, name) for name in wish.leads]
    if wish.withheld.keys() - set(wish.leads):
        name = min(wish.withheld.keys() - set(wish.leads))
        raise ReviewerError(f"A field is withheld from {name}, to whom nothing goes.", "Write --withhold LEAD:FIELD.")
    against = [lead for lead in leads if lead.audience not in allowed]
    if against and wish.override is None:
        raise RefusedError(
            f"The source did not allow that {letter_words.audience(against[0].audience)} see this report "
            f"({against[0].name}).",
            _not_allowed(case, wish),
        )
    if wish.override is not None:
        checked_reason(wish.override.reason)
        if not against:
            raise ReviewerError("The source allowed that all of these leads see it.", "Leave --against-consent out.")
        check_policy(rows, case)
    if wish.originals:
        _check_originals(rows, case, wish)
    return frozenset(lead.audience for lead in against)


def _not_allowed(case: CaseRow, wish: Wish) -> str:
    if wish.correction:
        return f"This lead has it already. First: khomo-reviewer withdraw {case.id} --from LEAD --reason …"
    return _ASK_AGAIN.format(allowed=letter_words.audiences(may_see(case)), case=case.id)


def _check_originals(rows: Session, case: CaseRow, wish: Wish) -> None:
    check_originals(rows, case)
    if len(wish.more_signers) + 1 < ORIGINALS_NEED:
        raise RefusedError("Files as they came need two signatures.", "Name the second reviewer with --signer.")


def _shares(rows: Session, wish: Wish, record: CaseRecord) -> tuple[CaseRecord, tuple[Share, ...]]:
    """Return what any lead is told, and what each."""
    found = [get_lead(rows, name) for name in sorted(set(wish.leads))]
    withheld = {
        lead.name: (wish.withheld.get(lead.name, frozenset()) | from_column(lead.withheld)) & set(record.fields)
        for lead in found
    }
    record = told_to(record, frozenset.intersection(*withheld.values()))
    return record, tuple(
        Share(lead.name, lead.audience, told_to(record, withheld[lead.name]).fields, tuple(sorted(withheld[lead.name])))
        for lead in found
    )


def _open_again(change: Change, case: CaseRow) -> None:
    """Let a case that was closed wait as an open one; what the log said of it stays until it has gone out."""
    if case.disposition in {Disposition.CLOSED, Disposition.SPAM}:
        reason = (case.reason, None)
        change.record("open again", case.id, disposition=(case.disposition, Disposition.OPEN), reason=reason)
        case.disposition, case.reason, case.outcome = Disposition.OPEN, None, None


@dataclass(frozen=True)
class _Done:
    """On which day, and by whom."""

    day: date
    by: str

    def __call__(self, act: Act, what: str, sha256: str = "") -> CustodyEntry:
        return CustodyEntry(self.day, act, self.by, what, sha256)


def _custody(
    done: _Done, case: CaseRow, wish: Wish, files: Sequence[CaseAttachment], against: frozenset[str]
) -> list[CustodyEntry]:
    return [
        CustodyEntry(case.first_day, Act.RECEIVED, "desk", f"{case.parts} sealed rows of one report"),
        CustodyEntry(case.first_day, Act.DECRYPTED, "desk", "opened on a machine without a network"),
        *(done(_CUSTODY[file.form], _what(file), file.sha256) for file in files),
        done(Act.REVIEWED, "title and summary written"),
        *([done(Act.CORRECTED, wish.correction.strip())] if wish.correction else []),
        *([done(Act.OVERRIDDEN, told_leads(wish.override, against))] if wish.override else []),
    ]


def _what(file: CaseAttachment) -> str:
    return f"{file.name}; that it was made anew is this person's word" if file.form is Form.REMADE else file.name


def next_revision(rows: Session, case: CaseRow) -> int:
    """Return the number of the next package of a case."""
    return 1 + (rows.scalar(select(func.count()).where(ForwardRow.case_id == case.id)) or 0)


def _record(rows: Session, case: CaseRow, wish: Wish, files: Sequence[CaseAttachment]) -> CaseRecord:
    known = {  # names are those of COMPUTED
        "title": wish.title,
        "summary": wish.summary,
        "may_see": "; ".join(sorted(may_see(case))),
        "first_day": case.first_day.isoformat(),
        "last_day": case.last_day.isoformat(),
        "severity": "" if case.severity == Severity.UNSET else Severity(case.severity).word,
        "category": categories().get(case.category or "", ""),
        "language": case.language,
        "perpetrator": accused_for_leads(rows, case),
    }
    fields = {name: value for name, value in {**wish.fields, **known}.items() if value or name == "may_see"}
    return CaseRecord(case.public_id.hex(), next_revision(rows, case), fields, tuple(files))
