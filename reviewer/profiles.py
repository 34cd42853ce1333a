"""Within how many days or months a source must hear from the desk: legal profiles. Pure.

Rules:
1. *Acknowledge*: days from the day on which the report was read in at the desk. *Feedback*: months from the day of the
   acknowledgement; where there was none, from the end of the days that it had.
2. A period of months ends on the same day of its last month; if that month has no such day, on its last day
   (Regulation (EEC, Euratom) No 1182/71, Article 3(2)(c)). One that ends on a holiday is not made longer: that errs on
   the source's side.
3. Each rule names its source, so that a lawyer can check it.
4. A profile of the desk's own is a TOML file that is read strictly: what it does not know, it refuses.
"""

from __future__ import annotations

import calendar
import json
import tomllib
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from keys.sealing.display import one_line
from reviewer import limits
from reviewer.errors import ReviewerError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
_MONTHS_A_YEAR = 12
_TOP = {"version", "name", "acknowledge", "feedback"}
_SEE = "`khomo-reviewer profile --help` shows an example."


@dataclass(frozen=True)
class Rule:
    """A number of days (acknowledge) or months (feedback), and where that is laid down."""

    number: int
    source: str


@dataclass(frozen=True)
class Profile:
    """What binds a desk; a clock without a rule does not run."""

    name: str
    acknowledge: Rule | None = None
    feedback: Rule | None = None

    def acknowledge_by(self, received: date) -> date | None:
        """Return the last day for the acknowledgement."""
        return None if self.acknowledge is None else received + timedelta(self.acknowledge.number)

    def feedback_by(self, received: date, acknowledged: date | None) -> date | None:
        """Return the last day for feedback."""
        if self.feedback is None:
            return None
        return months_later(acknowledged or self.acknowledge_by(received) or received, self.feedback.number)

    def to_text(self) -> str:
        """As the vault keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Profile:
        """Read what the vault keeps."""
        said = json.loads(text)
        rules = {name: said[name] and Rule(**said[name]) for name in ("acknowledge", "feedback")}
        return cls(said["name"], **rules)


EU = Profile(
    "eu-2019-1937",
    Rule(7, "Directive (EU) 2019/1937, Articles 9(1)(b) and 11(2)(b)"),
    Rule(3, "Directive (EU) 2019/1937, Articles 9(1)(f) and 11(2)(d)"),
)
NONE = Profile("none")
BUILT_IN = {profile.name: profile for profile in (EU, NONE)}


def months_later(day: date, months: int) -> date:
    """Return the day that a period of months after a day ends on."""
    years, month = divmod(day.month - 1 + months, _MONTHS_A_YEAR)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def read_profile(data: bytes) -> Profile:
    """Read a profile of the desk's own; raises ReviewerError saying what is wrong with it."""
    if len(data) > limits.PROFILE_BYTES:
        raise ReviewerError(f"A profile has at most {limits.PROFILE_BYTES} bytes.", _SEE)
    try:
        said = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ReviewerError(f"The profile is no TOML: {error}.", _SEE) from None
    if unknown := sorted(said.keys() - _TOP):
        raise ReviewerError(f"The profile has an unknown entry: {one_line(unknown[0])}.", _SEE)
    if said.get("version") is not VERSION:
        raise ReviewerError(f"The profile must say: version = {VERSION}", _SEE)
    name = _text(said.get("name"), "The profile's name")
    if name in BUILT_IN:
        raise ReviewerError(f"{name} is the name of a profile that comes with Khomo.", "Give yours another name.")
    return Profile(name, _rule(said, "acknowledge", "days"), _rule(said, "feedback", "months"))


def _rule(said: Mapping[str, Any], clock: str, unit: str) -> Rule | None:
    rule = said.get(clock)
    if rule is None:
        return None
    if not isinstance(rule, dict) or rule.keys() != {unit, "source"}:
        raise ReviewerError(f"[{clock}] must have {unit} and source, and nothing else.", _SEE)
    number = rule[unit]
    if type(number) is not int or not 1 <= number <= limits.PROFILE_MOST[unit]:
        raise ReviewerError(f"[{clock}] {unit} must be 1 to {limits.PROFILE_MOST[unit]}.", _SEE)
    return Rule(number, _text(rule["source"], f"The source of [{clock}]"))


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= limits.PROFILE_TEXT or one_line(value) != value.strip():
        raise ReviewerError(f"{what} must be one line of 1 to {limits.PROFILE_TEXT} characters.", _SEE)
    return value.strip()
