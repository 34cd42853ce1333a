"""Taking a case back from leads who have it: a notice that tells nothing of the case but that, and what to do.

Rules:
1. It goes to every lead who has the case, or to those whom a reviewer names among them; whatever source and policy
   say by then, and whether or not the case is closed. It has as many signatures as the policy asks of a case.
2. It is the next revision of the case, with no file and no field of it. The reason is a reviewer's words.
3. It goes to the keys that a lead has now: somebody who lost their keys may still hold what they printed.
4. Nothing older of the case leaves for these leads from then on, see ``recipients``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from caselog.case_record import CaseRecord
from caselog.custody import Act, CustodyEntry
from reviewer.cases import get_case, may_see
from reviewer.echoes import echoes
from reviewer.errors import ReviewerError
from reviewer.forwarding import next_revision
from reviewer.last_page import LastPage, Share
from reviewer.overrides import checked_reason
from reviewer.packages import sign_forward
from reviewer.preparing import prepare, signers_for
from reviewer.purposes import Purpose
from reviewer.recipients import recipients
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from keys.sealing.notes import SigningKey
    from reviewer.packages import Signed
    from reviewer.recipients import Recipient
    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Vault

TITLE = _("Withdrawn")
SUMMARY = _(
    "We take back all that we told you of this case. Do not use, quote or pass it on any more. Tell those to whom you "
    "gave it, and destroy copies and prints. Where a law makes you keep them, lock them away and tell us.\n\n"
    "Our reason: {reason}"
)
OTHER_KEYS = _("has other keys than those to which the case went; it goes to the keys of today")


@dataclass(frozen=True)
class Withdrawal:
    """Why a case is taken back, and from whom; from everybody who has it where ``leads`` is empty."""

    reason: str
    leads: tuple[str, ...] = ()
    more_signers: tuple[str, ...] = ()


def plan_withdrawal(rows: Session, case_id: int, wish: Withdrawal, reviewer: str) -> LastPage:
    """Say what would go, and write nothing; raises ReviewerError."""
    case = get_case(rows, case_id)
    reason = checked_reason(wish.reason)
    have = _chosen(rows, case, wish)
    fields = {
        "title": TITLE,
        "summary": SUMMARY.format(reason=reason),
        "status": "withdrawn",
        "may_see": "; ".join(sorted(may_see(case))),
    }
    record = CaseRecord(case.public_id.hex(), next_revision(rows, case), fields)
    return LastPage(
        case=case.id,
        record=record,
        shares=tuple(
            Share(one.lead, one.audience, fields, note="" if one.has_same_key else OTHER_KEYS) for one in have
        ),
        signers=signers_for(rows, wish.more_signers, reviewer, record, ()),
        purpose=Purpose.WITHDRAWAL,
        why=reason,
        echoes=echoes(rows, case.id, (reason,)),
    )


def withdraw(
    vault: Vault, case_id: int, wish: Withdrawal, reviewer: SigningKey, shown: LastPage | None = None
) -> Signed:
    """Prepare the notice and sign it; raises ReviewerError, also where it is not what was shown."""
    with vault.change() as change:
        page = plan_withdrawal(change.rows, case_id, wish, reviewer.name)
        if shown is not None and page != shown:
            raise ReviewerError("Something changed since it was shown. Nothing was prepared.", "Look at it again.")
        custody = [CustodyEntry(change.day, Act.WITHDRAWN, reviewer.name, page.why)]
        row = prepare(change, page, custody, {})
        leads = ", ".join(share.lead for share in page.shares)
        change.record("withdraw", case_id, leads=(None, leads), reason=(None, page.why))
        return sign_forward(change, vault.attachments, row, reviewer)


def _chosen(rows: Session, case: CaseRow, wish: Withdrawal) -> tuple[Recipient, ...]:
    have = recipients(rows, case.id)
    names = {one.lead for one in have}
    if not have:
        raise ReviewerError(
            f"No lead has case {case.id}: there is nothing to take back.",
            "What is prepared and has not left stays here if you close the case: khomo-reviewer triage",
        )
    absent = sorted(set(wish.leads) - names)
    if absent:
        raise ReviewerError(f"{absent[0]} does not have case {case.id}.", f"Who has it: {', '.join(sorted(names))}.")
    return tuple(one for one in have if not wish.leads or one.lead in wish.leads)
