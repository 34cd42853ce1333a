"""What khomo-caselog says on a terminal, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselog.case_record import FIELDS
from caselog.custody import Act
from caselog.leaves import RowState
from keys.sealing.display import harmless, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from caselog.audit import Audit
    from caselog.importing import Imported
    from caselog.proof import CheckedProof
    from caselog.viewing import ShownCase, Verified
    from keys.sealing.canonical import JSON


def imported(done: Imported) -> str:
    """Say what an import did."""
    if done.replayed:
        return f"Delivery {done.number} of {done.desk} was imported before (a replay). Nothing has changed."
    leaves, cases = (
        _count(done.new_leaves, "new leaf", "new leaves"),
        _count(len(done.new_packages), "case", "cases"),
    )
    lines = [
        f"Delivery {done.number} of {done.desk}: {leaves}, {cases}.",
        f"The log now has {done.size} leaves, and they give the head that the desk signed.",
    ]
    return "\n".join([*lines, *_missing(done.missing, done.missing_deliveries)])


def imported_json(done: Imported) -> dict[str, JSON]:
    """Say the same for scripts."""
    return {
        "desk": done.desk,
        "delivery": done.number,
        "replayed": done.replayed,
        "new_leaves": done.new_leaves,
        "new_packages": list(done.new_packages),
        "size": done.size,
        "missing": list(done.missing),
        "missing_deliveries": list(done.missing_deliveries),
    }


def verified(results: Sequence[Verified]) -> str:
    """Say what was verified, and no more than that."""
    lines = []
    for one in results:
        lines.append(
            f"{one.desk}: all {one.size} leaves give the head that the desk signed; "
            f"{_count(one.packages, 'package', 'packages')} read and right."
        )
        cosigners = ", ".join(f"{lead.name} (at {lead.size} leaves)" for lead in one.cosigners)
        lines.append(f"  Co-signed by: {cosigners or 'nobody yet'}.")
        lines += _missing(one.missing, one.missing_deliveries) or ["  Nothing addressed to you is missing."]
    return "\n".join(lines) if lines else "Nothing was imported yet."


def compared(path: Path, desk: str, size: int, *, newer: bool) -> str:
    """Say how a head that somebody else was shown compares."""
    name = one_line(str(path))
    if newer:
        return f"{name}: {desk} has shown somebody else a log of {size} leaves; yours is shorter. Import what is newer."
    return f"{name}: the same log of {desk} as yours, at {size} leaves."


def verified_json(results: Sequence[Verified]) -> list[JSON]:
    """Say the same for scripts."""
    return [
        {
            "desk": one.desk,
            "size": one.size,
            "packages": one.packages,
            "missing": list(one.missing),
            "missing_deliveries": list(one.missing_deliveries),
            "cosigners": [{"name": lead.name, "size": lead.size} for lead in one.cosigners],
        }
        for one in results
    ]


def audited(result: Audit) -> str:
    """Say which rows are accounted for."""
    total = sum(result.accounted.values()) + len(result.unaccounted) + len(result.waiting)
    states = ", ".join(f"{number} {state}" for state, number in sorted(result.accounted.items()))
    lines = [f"{_count(result.manifests, 'manifest names', 'manifests name')} {_count(total, 'row', 'rows')}."]
    if states:
        lines.append(f"Accounted for: {states}.")
    lines += [
        f"NO DISPOSITION: row {seen.row}, which {seen.server} put into bundle {seen.number} on {seen.day.isoformat()}."
        for seen in result.unaccounted
    ]
    if result.unaccounted and result.silent:
        lines.append(f"The log of {', '.join(result.silent)} is not here: its desk may account for rows.")
    if RowState.NOT_MINE in result.accounted:
        lines.append("not-mine: sealed to a key that no desk has. Each desk says so; nobody can open these rows.")
    lines += [one_line(f"PROBLEM: {problem.subject}: {problem.what}") for problem in result.problems]
    lines += [one_line(f"ASK: {question.subject}: {question.what}") for question in result.questions]
    if result.waiting:
        rows = _count(len(result.waiting), "row", "rows")
        since = result.waiting[0].day.isoformat()
        lines.append(f"Waiting for the next delivery: {rows}, from {since} on, came after the last one.")
    if result.beyond:
        rows = _count(len(result.beyond), "row has", "rows have")
        lines.append(f"{rows} a disposition and no manifest here: ask for the newer manifests.")
    if result.accounts_for_all:
        lines.append(f"Every {'other ' if result.waiting else ''}row of these manifests is accounted for.")
    else:
        lines.append("Ask the desk and the operator about these, in person.")
    return "\n".join(lines)


def audited_json(result: Audit) -> dict[str, JSON]:
    """Say the same for scripts."""
    return {
        "manifests": result.manifests,
        "accounted": {state.value: number for state, number in sorted(result.accounted.items())},
        "unaccounted": [
            {"row": seen.row, "server": seen.server, "bundle": seen.number, "day": seen.day.isoformat()}
            for seen in result.unaccounted
        ],
        "waiting": [
            {"row": seen.row, "server": seen.server, "bundle": seen.number, "day": seen.day.isoformat()}
            for seen in result.waiting
        ],
        "problems": [{"subject": problem.subject, "what": problem.what} for problem in result.problems],
        "questions": [{"subject": question.subject, "what": question.what} for question in result.questions],
        "silent": list(result.silent),
        "beyond": list(result.beyond),
        "clean": result.clean,
    }


def checked_proof(checked: CheckedProof) -> str:
    """Say what a proof of filing shows, and no more than that."""
    proof, desk = checked.proof, checked.desk
    number = _count(len(proof.digests), "text or file", "texts and files")
    lines = [
        f"{one_line(desk.name)} ({desk.id}) of {one_line(proof.organisation)} has signed this.",
        f"In week {proof.week} it held {number}. It does not say who sent them.",
    ]
    for one in checked.documents:
        name = one_line(str(one.path))
        lines.append(f"{name}: one of them, byte for byte." if one.filed else f"{name}: NOT one of them.")
    if not checked.documents:
        lines.append("To see whether a document is one of them: --file DOCUMENT.")
    return "\n".join(lines)


def checked_proof_json(checked: CheckedProof) -> dict[str, JSON]:
    """Say the same for scripts."""
    return {
        "organisation": checked.proof.organisation,
        "desk": checked.desk.id,
        "week": checked.proof.week,
        "digests": list(checked.proof.digests),
        "documents": [{"file": str(one.path), "sha256": one.sha256, "filed": one.filed} for one in checked.documents],
    }


def listed(cases: Sequence[ShownCase]) -> str:
    """Say a line a case."""
    return "\n".join(map(_line, cases)) or "No cases yet."


def shown(case: ShownCase) -> str:
    """Say everything of a case."""
    record = case.record
    lines = [f"Case {record.case}, revision {record.revision}{_mark(case)}", *_to_do(case)]
    lines += [f"{name}: {_indented(record.fields[name])}" for name in FIELDS if name in record.fields]
    lines += [
        f"attachment: {one_line(one.name)} ({one.form}, {one_line(one.media_type)}, {one.size} bytes) "
        f"{_indented(one.description)}".rstrip()
        for one in record.attachments
    ]
    lines += [f"report: {one_line(name)}" for name in case.reports]
    lines += [
        f"custody: {entry.day.isoformat()} {entry.act} by {one_line(entry.by)}: {_indented(entry.what)}"
        for entry in case.custody
    ]
    lines.append(f"signed by: {', '.join(signer.name for signer in case.signers)}")
    lines.append(f"leaf {case.leaf} of the log of {case.desk}")
    return "\n".join(lines)


_TO_DO = {
    Act.WITHDRAWN: (
        "WITHDRAWN: the desk takes back all that you were told of this case before.",
        "  Do not use, quote or pass it on any more. Tell those to whom you gave it, and destroy copies and prints.",
        "  Where a law makes you keep them, lock them away and tell the desk.",
    ),
    Act.CORRECTED: (
        "CORRECTED: this takes the place of all that you were told of this case before.",
        "  Use this one only, and give it to those to whom you gave the earlier one.",
    ),
    Act.OVERRIDDEN: (
        "AGAINST THE SOURCE'S CONSENT: the source did not allow that it goes where it went. Two reviewers signed why.",
        "  Show it to nobody else, and ask the desk before each use. The source is told that it went out.",
    ),
}
"""What a lead should do about what was done; each with the reason, which stands in the custody record."""


_SIGNS = {
    Act.WITHDRAWN: "WITHDRAWN: ",
    Act.CORRECTED: "CORRECTED: ",
    Act.OVERRIDDEN: "AGAINST CONSENT: ",
}
"""The same in a list."""


def _to_do(case: ShownCase) -> Iterator[str]:
    for act, lines in _TO_DO.items():
        if entry := case.entry(act):
            yield from lines
            yield f"  {entry.day.isoformat()}, {one_line(entry.by)}: {_indented(entry.what)}"


def _mark(case: ShownCase) -> str:
    if case.superseded:
        return " (WITHDRAWN since)" if case.taken_back else " (superseded)"
    return ""


def _indented(text: str) -> str:
    """Return a text of several lines whose further lines cannot pass for ours."""
    return harmless(text).replace("\n", "\n    ")


def _line(case: ShownCase) -> str:
    fields = case.record.fields
    details = " · ".join(one_line(fields[name]) for name in ("severity", "category", "first_day") if name in fields)
    title = one_line(fields["title"])
    signs = [word for act, word in _SIGNS.items() if case.entry(act)]
    return f"{case.short_id}  {''.join(signs)}{title}{_mark(case)}  {details}".rstrip()


def _missing(leaves: Sequence[int], deliveries: Sequence[int]) -> list[str]:
    lines = []
    if leaves:
        lines.append(
            f"  MISSING: the log addresses {_count(len(leaves), 'case', 'cases')} to you of which no package came "
            f"(leaf {', '.join(map(str, leaves))}). Ask the desk for them. What it has withdrawn does not come again."
        )
    if deliveries:
        lines.append(f"  Deliveries that did not arrive: {', '.join(map(str, deliveries))}.")
    return lines


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
