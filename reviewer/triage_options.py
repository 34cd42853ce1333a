"""The options of `triage` and `list`, and what they say: a decision, a filter. Pages send the same values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from keys.sealing.letter import Outcome
from reviewer.care import ITEMS
from reviewer.cases import Filter
from reviewer.terminal import TEXT_FILE
from reviewer.triage import Decision
from reviewer.values import (
    CASE_DISPOSITIONS,
    ENDED,
    Credibility,
    Disposition,
    Precision,
    Reliability,
    Role,
    Severity,
    Status,
    Urgency,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_ROLES = f"Add somebody, and as what: {', '.join(Role)}."

F = TypeVar("F", bound="Callable[..., object]")

STATUS = click.Choice([status.value for status in Status])
LISTED = click.Choice(list(dict.fromkeys([*STATUS.choices, *(ended.value for ended in ENDED)])))
SEVERITY = click.Choice([severity.word for severity in Severity])
URGENCY = click.Choice([urgency.word for urgency in Urgency])
RELIABILITY = click.Choice([code.value for code in Reliability])
CREDIBILITY = click.Choice([code.value for code in Credibility])
PRECISION = click.Choice([precision.value for precision in Precision])
ROLE = click.Choice([role.value for role in Role])
DISPOSITION = click.Choice([state.value for state in CASE_DISPOSITIONS])
OUTCOME = click.Choice([outcome.value for outcome in Outcome])
DUE = click.Choice(["late", "soon"])
_PERSON: Any = (ROLE, str)

_KINDS: dict[str, Callable[[Any], object]] = {
    "status": Status,
    "severity": Severity.parse,
    "urgency": Urgency.parse,
    "reliability": Reliability,
    "credibility": Credibility,
    "place_precision": Precision,
    "when_precision": Precision,
    "disposition": Disposition,
    "outcome": Outcome,
}


def _cleared(choice: click.Choice[str]) -> click.Choice[str]:
    """Take an empty word too, which clears the value."""
    return click.Choice([*choice.choices, ""])


_TRIAGE = (
    click.option("--status", type=STATUS, help="What you found; closed and forwarded follow from the disposition."),
    click.option("--severity", type=SEVERITY, help="How much it weighs; danger: a person is in danger now."),
    click.option("--urgency", type=URGENCY, help="How soon something must be done; now: today."),
    click.option("--category", help="A code, as COR-01; `categories` shows all; '' for none."),
    click.option("--reliability", type=_cleared(RELIABILITY), help="Of the source: A completely, to E not; F unknown."),
    click.option("--credibility", type=_cleared(CREDIBILITY), help="Of what is said: 1 confirmed, to 5; 6 unknown."),
    click.option("--place", help="Where it happened; '' for none."),
    click.option("--place-precision", type=PRECISION, help="How exactly you know the place; about if you say nothing."),
    click.option("--when", help="When it happened: 2026-11-03, 2026-11 or 2026; '' for none."),
    click.option("--when-precision", type=PRECISION, help="How exactly you know the time; about if you say nothing."),
    click.option("--person", "add_people", type=_PERSON, multiple=True, metavar="ROLE NAME", help=_ROLES),
    click.option(
        "--no-person", "drop_people", type=_PERSON, multiple=True, metavar="ROLE NAME", help="Take somebody away."
    ),
    click.option("--assignee", help="A name; '' for nobody."),
    click.option("--label", "add_labels", multiple=True, help="Add a label."),
    click.option("--unlabel", "drop_labels", multiple=True, help="Take a label away."),
    click.option("--link", "add_links", type=int, multiple=True, metavar="CASE", help="Link it to another case."),
    click.option("--unlink", "drop_links", type=int, multiple=True, metavar="CASE", help="Take a link away."),
    click.option("--care", "done_care", type=click.Choice(ITEMS), multiple=True, help="Of the list for danger: done."),
    click.option("--uncare", "undone_care", type=click.Choice(ITEMS), multiple=True, help="Open an item again."),
    click.option(
        "--note", help="Add a note, for the desk only. It stays in the shell's history; - reads standard input."
    ),
    click.option("--note-file", type=TEXT_FILE, help="A text file instead of --note; - for standard input."),
    click.option("--disposition", type=DISPOSITION, help="What becomes of it, towards the log."),
    click.option("--reason", help="Why it is closed. All leads can read this in the log."),
    click.option(
        "--outcome",
        type=OUTCOME,
        help="What its source reads of a case that is closed; cannot-tell if you say nothing.",
    ),
    click.option("--seen", type=int, help="Change nothing that somebody changed after this act (`show --json`)."),
)

_LIST = (
    click.option("--status", type=LISTED, help="Only cases that stand so, or that ended so."),
    click.option("--severity", type=SEVERITY, help="Only cases that weigh so much."),
    click.option("--urgency", type=URGENCY, help="Only cases that are so urgent."),
    click.option("--due", type=DUE, help="Only cases whose source waits too long: late, or late soon."),
    click.option("--reliability", type=RELIABILITY, help="Only cases with such a source."),
    click.option("--credibility", type=CREDIBILITY, help="Only cases that can be believed so far."),
    click.option("--place", help="Only cases with this in their place."),
    click.option("--when", help="Only cases of this year, month or day."),
    click.option("--person", help="Only cases with somebody of whose name this is a part."),
    click.option("--role", type=ROLE, help="Only cases with somebody in this role; of --person, if both are given."),
    click.option("--linked", type=int, metavar="CASE", help="Only cases that are linked to this one."),
    click.option("--label", help="Only cases with this label."),
    click.option("--assignee", help="Only cases of this person."),
    click.option("--category", help="A code, as COR-01; `categories` shows all."),
    click.option("--unread", is_flag=True, help="Only cases with something that nobody has read."),
    click.option("--merged", is_flag=True, help="Also cases that are merged into others."),
    click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page of the list."),
)


def _with_options(command: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def triage_options(command: F) -> F:
    """Give a command the options of which a decision is made."""
    return _with_options(command, _TRIAGE)


def list_options(command: F) -> F:
    """Give a command the options of which a filter is made."""
    return _with_options(command, _LIST)


def filter_from(wish: Mapping[str, Any]) -> Filter:
    """Read a filter from values as the options of ``list`` give them; pages send the same."""
    return Filter(**_parsed(wish, ("severity", "urgency")))


def decision_from(wish: Mapping[str, Any]) -> Decision:
    """Read a decision from values as the options of ``triage`` give them; pages send the same."""
    return Decision(**_parsed(wish, _KINDS))


def _parsed(wish: Mapping[str, Any], names: Sequence[str] | Mapping[str, Any]) -> dict[str, Any]:
    return {name: _KINDS[name](value) if name in names and value else value for name, value in wish.items()}
