"""What the desk says of triage on a terminal, to be translated: codes in words, clocks, care for those in danger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from reviewer import counts, limits
from reviewer.translation import translated as _
from reviewer.translation import translated_number as _n
from reviewer.values import Credibility, Precision, Reliability, Role, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from reviewer.care import Care
    from reviewer.cases import Details
    from reviewer.clocks import Clock, Clocks
    from reviewer.profiles import Profile, Rule
    from reviewer.vault.rows import CaseRow
    from reviewer.vault.triage_rows import PersonRow

SET_BACK = _("Set back: {names}.")
ONE_PROFILE = _("Give the name of a profile, or --file, and not both.")
PROFILE_CHOSEN = _("From now on this profile sets the clocks of all cases.")
ACCUSED_FROM = _("The accused are named to leads from severity {severity} on.")
ACCUSED_NEVER = _("The accused are never named to leads.")
REMINDER = _("ATTENTION: people may be in danger in case {case}, and of their list is still open:")


def reliability(code: str) -> str:
    """How far a source can be relied on."""
    return {
        Reliability.COMPLETELY.value: _("completely reliable"),
        Reliability.USUALLY.value: _("usually reliable"),
        Reliability.FAIRLY.value: _("fairly reliable"),
        Reliability.NOT_USUALLY.value: _("not usually reliable"),
        Reliability.UNRELIABLE.value: _("unreliable"),
        Reliability.CANNOT_TELL.value: _("we cannot tell how reliable"),
    }[code]


def credibility(code: str) -> str:
    """How far what is said can be believed."""
    return {
        Credibility.CONFIRMED.value: _("confirmed by others"),
        Credibility.PROBABLE.value: _("probably true"),
        Credibility.POSSIBLE.value: _("possibly true"),
        Credibility.DOUBTFUL.value: _("doubtful"),
        Credibility.IMPROBABLE.value: _("improbable"),
        Credibility.CANNOT_TELL.value: _("we cannot tell if it is true"),
    }[code]


def urgency(number: int) -> str:
    """How soon something must be done."""
    return {
        Urgency.UNSET: "",
        Urgency.CAN_WAIT: _("can wait"),
        Urgency.SOON: _("this week"),
        Urgency.NOW: _("today"),
    }[Urgency(number)]


def role(code: str) -> str:
    """Who somebody is in a case."""
    return {
        Role.ACCUSED.value: _("accused"),
        Role.VICTIM.value: _("victim"),
        Role.WITNESS.value: _("witness"),
        Role.CONTACT.value: _("contact of the source"),
        Role.ORGANISATION.value: _("organisation"),
        Role.OFFICIAL.value: _("official"),
        Role.OTHER.value: _("other person"),
    }[code]


def item(code: str) -> str:
    """One item of the list for those in danger."""
    return {
        "safe-now": _("We know whether the person is safe today, and how we know."),
        "who-could-guess": _("We asked who could guess the source, and from what. None of that leaves the desk."),
        "safe-way": _("We write only what may be read by somebody who looks over a shoulder."),
        "help-at-once": _("The source was told who can help at once where it is, and that we may be slow."),
        "second-look": _("A second person of the desk has looked at the danger."),
        "no-more-harm": _("We asked of each step: can it make the danger worse? For whom?"),
        "look-again": _("There is a day on which we look again. It stands in a note."),
        "child-trained": _("Somebody trained to work with children was asked."),
        "child-interest": _("What is best for the child comes first, also before the case."),
    }[code]


def grades(case: CaseRow) -> str:
    """Both codes of a case, each with its words."""
    said = [f"{case.reliability}: {reliability(case.reliability)}" if case.reliability else ""]
    said += [f"{case.credibility}: {credibility(case.credibility)}" if case.credibility else ""]
    return "; ".join(filter(None, said))


def known(text: str | None, precision: str | None) -> str:
    """A place or a time, with how exactly it is known."""
    if precision == Precision.UNKNOWN:
        return _("asked, and not known")
    if text is None:
        return ""
    return (
        _("{what} (exact)").format(what=text) if precision == Precision.EXACT else _("about {what}").format(what=text)
    )


def people(found: Iterable[PersonRow]) -> dict[str, str]:
    """Names by role, each role in words."""
    by_role: dict[str, list[str]] = {}
    for one in found:
        by_role.setdefault(role(one.role), []).append(one.name)
    return {name: "; ".join(names) for name, names in by_role.items()}


def facts(found: Details) -> dict[str, str]:
    """What reviewers said of a case, each with its name; empty where they said nothing."""
    case = found.case
    return {
        _("urgency"): urgency(case.urgency),
        _("source and what it says"): grades(case),
        _("place"): known(case.place, case.place_precision),
        _("when"): known(case.happened, case.happened_precision),
        **people(found.people),
        _("linked to"): ", ".join(map(str, found.links)),
    }


def mark(case: CaseRow, today: date | None) -> str:
    """What a listing says before the text of a case whose due day is past or near."""
    if case.due is None or today is None or (left := (case.due - today).days) > limits.DUE_SOON_DAYS:
        return ""
    if left < 0:
        return _("LATE by {days}").format(days=counts.days(-left))
    return _("DUE in {days}").format(days=counts.days(left)) if left else _("DUE today")


def late(number: int) -> Iterator[str]:
    """That sources wait too long for a letter; nothing where none does."""
    if number:
        yield _n(
            "ATTENTION: the letter to {number} source is late: khomo-reviewer list --due late",
            "ATTENTION: the letters to {number} sources are late: khomo-reviewer list --due late",
            number,
        ).format(number=number)


def clocks(found: Clocks) -> Iterator[str]:
    """Both clocks of a case, as far as they run."""
    if not found.runs:
        return
    for name, clock in ((_("a first letter"), found.acknowledge), (_("an answer of a person"), found.feedback)):
        if clock.until is not None:
            yield _("{what} by {day}: {state}").format(what=name, day=clock.until, state=_state(clock))


def _state(clock: Clock) -> str:
    if clock.confirmed is not None:
        return _("at the server since {day}").format(day=clock.confirmed)
    if clock.written:
        return _("written; it counts once the server says that it has it")
    return _("not written yet")


def care(found: Care) -> Iterator[str]:
    """The list for those in danger, with what was done."""
    if not found.items:
        return
    yield ""
    yield _("--- somebody may be in danger: have you thought of it? ---")
    done = {row.item: row for row in found.done}
    for code in found.items:
        ticked = _(" ({who}, {day})").format(who=one_line(done[code].who), day=done[code].day) if code in done else ""
        yield f"  [{'x' if code in done else ' '}] {code}: {item(code)}{ticked}"


def reminder(case_id: int, found: Care) -> Iterator[str]:
    """What of the list is open, before something goes out or ends; nothing where all is done."""
    if found.open:
        yield REMINDER.format(case=case_id)
        yield from (f"  {code}: {item(code)}" for code in found.open)
        yield _("Tick what is done: khomo-reviewer triage {case} --care ITEM").format(case=case_id)


def profile(found: Profile) -> Iterator[str]:
    """What binds the desk, and where that is laid down."""
    yield _("Profile: {name}").format(name=one_line(found.name))
    yield _rule(_("a first letter"), found.acknowledge, counts.days)
    yield _rule(_("an answer of a person"), found.feedback, counts.months)


def _rule(what: str, rule: Rule | None, many: Callable[[int], str]) -> str:
    if rule is None:
        return _("  {what}: no clock").format(what=what)
    return _("  {what}: within {time}, by {source}").format(
        what=what, time=many(rule.number), source=one_line(rule.source)
    )


def accused_from(severity: str | None) -> str:
    """From which severity on the accused are named to leads."""
    return ACCUSED_NEVER if severity is None else ACCUSED_FROM.format(severity=severity)
