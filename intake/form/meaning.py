"""What is wrong between parts of a form that are each right: names, conditions, desks, weight."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.form import limits
from intake.form.model import FIRST_PAGE, Kind
from keys.sealing.answers import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intake.form.lines import Path
    from intake.form.model import Field, Form, Section, Texts, When
    from intake.form.table import Notes

RESERVED_PREFIX = "khomo_"
"""Ids that begin so are those of what a source does in the mailbox."""

_CHOSEN = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.YES_NO})
_CONTROL_BYTES = 220
"""Markup of one question, roughly."""

_OPTION_BYTES = 40
"""The same of one answer in a list."""

_TICK_BYTES = 110
"""The same of one that is ticked."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A part of the file that mistakes are about."""

    path: Path
    place: str
    notes: Notes

    def inside(self, called: str, *steps: str | int) -> _Spot:
        """Return a part of this part."""
        return _Spot((*self.path, *steps), ", ".join(filter(None, (self.place, called))), self.notes)

    def wrong(self, what: str, right: str) -> None:
        """Write a mistake down."""
        self.notes.add(self.path, self.place, what, right)


def check_meaning(form: Form, notes: Notes) -> None:
    """Write every mistake down."""
    top = _Spot((), "", notes)
    for number, section in enumerate(form.sections):
        spot = top.inside(_called("section", section.id, number), "section", number)
        _section(form, section, number, spot)
        for index, field in enumerate(section.fields):
            _field(form, section, field, spot.inside(_called("field", field.id, index), "field", index))
    _pages(form, notes)


def _called(what: str, name: str, number: int) -> str:
    return f'{what} "{name}"' if name else f"{what} {number + 1}"


def _section(form: Form, section: Section, number: int, spot: _Spot) -> None:
    if not section.fields:
        spot.wrong("asks nothing", "at least one [[section.field]]")
    if section.id and [one.id for one in form.sections].index(section.id) != number:
        spot.inside("id", "id").wrong("is there twice", "a name of its own")
    if section.when is not None:
        _condition(form, section, section.when, spot.inside("when", "when"))


def _condition(form: Form, section: Section, when: When, spot: _Spot) -> None:
    asked = form.fields.get(when.field)
    if asked is None:
        spot.wrong(f'names "{when.field}", which no question is called', "the id of a question")
        return
    page = next(one.page for one in form.sections if asked in one.fields)
    if form.pages.index(page) >= form.pages.index(section.page):
        spot.wrong("depends on a question that is not asked before it", "a question of an earlier page")
    codes = [choice.code for choice in asked.choices]
    unknown = sorted(when.answers - set(codes))
    if asked.kind not in _CHOSEN:
        spot.wrong(f'depends on "{asked.id}", whose answer is typed', "a question of type yes_no, choice or choices")
    elif unknown:
        right = "one of " + ", ".join(f'"{code}"' for code in codes)
        spot.wrong(f'waits for "{unknown[0]}", which "{asked.id}" does not offer', right)


def _field(form: Form, section: Section, field: Field, spot: _Spot) -> None:
    every = [one.id for part in form.sections for one in part.fields]
    if field.id and Counter(every)[field.id] > 1:
        spot.inside("id", "id").wrong("is there twice", "an id of its own")
    if field.id.startswith(RESERVED_PREFIX):
        spot.inside("id", "id").wrong(f"begins with {RESERVED_PREFIX}", "an id that begins otherwise")
    if field.id in RESERVED and field.kind is not Kind.YES_NO:
        spot.inside("type", "type").wrong(f'is "{field.kind}"', 'type = "yes_no"; the desk understands this id')
    if field.required and form.routes(field.id):
        spot.inside("required", "required").wrong(
            "cannot hold for a question about the desk",
            "no required here: asked once more it would come too late, the report is sealed to its desk by then",
        )
    codes = Counter(choice.code for choice in field.choices if choice.code)
    for code in (code for code, times in codes.items() if times > 1):
        spot.wrong(f'offers the code "{code}" twice', "a code of its own for each choice")
    late = section.page != FIRST_PAGE or section.when is not None
    if late and any(choice.desk for choice in field.choices):
        right = f'page = "{FIRST_PAGE}" and no condition: a report is sealed to its desk when that page comes in'
        spot.wrong("names a desk on a later page", right)


def _pages(form: Form, notes: Notes) -> None:
    fields = [field for section in form.sections for field in section.fields]
    if len(fields) > limits.FIELDS:
        notes.add((), "the file", f"has {len(fields)} questions", f"at most {limits.FIELDS}")
    for page in form.pages:
        sections = [section for section in form.sections if section.page == page]
        asked = sum(len(section.fields) for section in sections)
        path: Path = ("section", form.sections.index(sections[0])) if sections else ()
        if page == FIRST_PAGE and asked > limits.FIRST_PAGE_FIELDS:
            right = f'at most {limits.FIRST_PAGE_FIELDS}; give the others a page = "…" of their own'
            notes.add(path, f'page "{page}"', f"asks {asked} questions", right)
        heaviest = max((_weight(sections, language) for language in form.languages), default=0)
        most = limits.FIRST_PAGE_BYTES if page == FIRST_PAGE else limits.OTHER_PAGE_BYTES
        if heaviest > most:
            right = f"at most {most}, so that the page stays light over Tor; move sections to another page"
            notes.add(path, f'page "{page}"', f"weighs about {heaviest} bytes", right)


def _weight(sections: list[Section], language: str) -> int:
    return sum(
        _bytes(language, section.title, section.intro) + sum(_field_weight(one, language) for one in section.fields)
        for section in sections
    )


def _field_weight(field: Field, language: str) -> int:
    each = _TICK_BYTES if field.kind is Kind.CHOICES else _OPTION_BYTES
    offered = sum(each + _bytes(language, choice.label) for choice in field.choices)
    controls = {Kind.DATE: 4, Kind.PLACE: 2}.get(field.kind, 1)
    picked = len(field.countries) * _OPTION_BYTES
    return controls * _CONTROL_BYTES + _bytes(language, field.label, field.help) + offered + picked


def _bytes(language: str, *found: Texts | None) -> int:
    return sum(len(one.get(language, "").encode()) for one in _there(found))


def _there(found: tuple[Texts | None, ...]) -> Iterator[Texts]:
    return (one for one in found if one is not None)
