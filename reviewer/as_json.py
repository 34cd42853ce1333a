"""Cases as JSON for scripts: names stay as they are here, values are texts, numbers and lists."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reviewer.consent import consent_from_text
from reviewer.values import Severity, Urgency, shown_status
from reviewer.when import grain

if TYPE_CHECKING:
    from reviewer.cases import Details, Listing
    from reviewer.health import DeskHealth
    from reviewer.search import Hit
    from reviewer.vault.rows import CaseRow


def case_json(case: CaseRow) -> dict[str, Any]:
    """What a listing says of a case."""
    return {
        "case": case.id,
        "status": case.status,
        "shown_status": shown_status(case.status, case.disposition),
        "severity": Severity(case.severity).word,
        "urgency": Urgency(case.urgency).word,
        "reliability": case.reliability,
        "credibility": case.credibility,
        "place": {"text": case.place, "precision": case.place_precision},
        "when": {
            "text": case.happened,
            "precision": case.happened_precision,
            "grain": None if case.happened is None else grain(case.happened),
        },
        "due": case.due,
        "category": case.category,
        "assignee": case.assignee,
        "unread": case.unread,
        "disposition": case.disposition,
        "reason": case.reason,
        "outcome": case.outcome,
        "lane": case.lane,
        "language": case.language,
        "first_day": case.first_day,
        "last_day": case.last_day,
        "parts": case.parts,
        "files": case.files,
        "preview": case.preview,
        **consent_from_text(case.consent).to_json(),
        "mailbox": case.mailbox is not None,
    }


def listing_json(health: DeskHealth, found: Listing) -> dict[str, Any]:
    """One page of cases, after the desk's health."""
    pages = {"page": found.page, "pages": found.pages, "total": found.total}
    return {
        "health": asdict(health),
        **pages,
        "cases": [case_json(case) | {"child": case.id in found.with_child} for case in found.cases],
    }


def details_json(found: Details) -> dict[str, Any]:
    """Everything of one case."""
    return case_json(found.case) | {
        "source_name": _name(found),
        "labels": found.labels,
        "people": [{"role": one.role, "name": one.name} for one in found.people],
        "links": found.links,
        "clocks": {
            "profile": found.clocks.profile.name,
            "run": found.clocks.runs,
            "acknowledge": asdict(found.clocks.acknowledge),
            "feedback": asdict(found.clocks.feedback),
        },
        "care": {
            "open": found.care.open,
            "done": [{"item": one.item, "who": one.who, "day": one.day} for one in found.care.done],
        },
        "seen": found.seen,
        "messages": [{"day": one.day, "text": one.text} for one in found.messages],
        "attachments": [
            {"id": one.id, "name": one.original_name, "size": one.size, "sha256": one.sha256, "problem": one.problem}
            for one in found.attachments
        ],
        "rows": [
            {"row": one.id.hex(), "day": one.day, "part": one.part, "problem": one.problem}
            | {"answers": json.loads(one.answers or "{}")}
            for one in found.arrivals
        ],
        "notes": [{"author": one.author, "day": one.day, "text": one.text} for one in found.notes],
        "letters": [
            {"kind": one.kind, "day": one.day, "text": one.text, **json.loads(one.details)} for one in found.letters
        ],
        "acts": [
            {"day": one.day, "act": one.act, "question": one.question, "ratings": json.loads(one.ratings or "{}")}
            for one in found.acts
        ],
        "forwards": [{"id": one.id, "day": one.day, "complete": one.complete} for one in found.forwards],
    }


def _name(found: Details) -> str | None:
    """Say that there is a name, and how the newest is kept; no name itself."""
    return ("apart" if found.names[0].sealed else "given") if found.names else None


def hit_json(hit: Hit) -> dict[str, Any]:
    """One case that a search found, and where."""
    return case_json(hit.case) | {"where": hit.kind, "before": hit.before, "found": hit.found, "after": hit.after}
