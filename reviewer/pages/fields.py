"""Forms that have what a command has: each option of the command is a field, in the command's order and words.

So a page can do what the command can, and an option that is new is a field that is new. What was typed is read by the
option's own type, as the command reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from reviewer import letter_words, triage_words
from reviewer.errors import ReviewerError
from reviewer.vocabulary import categories

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from werkzeug.datastructures import MultiDict

_OF_EACH_COMMAND = frozenset({"vault_folder", "reviewer", "passphrase_file", "as_json"})
_TO_CLEAR = re.compile(r"; '' for \w+")
_WORDS: dict[str, Callable[[str], str]] = {
    "reliability": triage_words.reliability,
    "credibility": triage_words.credibility,
    "outcome": letter_words.outcome,
    "done_care": triage_words.item,
    "undone_care": triage_words.item,
    "template": letter_words.template,
}
"""What a code means, where it is not a word by itself; it stands beside the code."""


@dataclass(frozen=True)
class Field:
    """One field.

    Attributes:
        name: of the command's parameter.
        label: what the option is called.
        hint: its help.
        kind: reads what was typed.
        choices: values with their words; empty where anything may be typed.
        several: several values: ticked, or one a line.
        is_tick: a box to tick.
        can_clear: whether nothing is a value too.
    """

    name: str
    label: str
    hint: str
    kind: click.ParamType[Any] = field(repr=False)
    choices: Mapping[str, str]
    several: bool
    is_tick: bool
    can_clear: bool


def fields_of(command: click.Command, without: Collection[str] = ()) -> tuple[Field, ...]:
    """Make a field of each option of a command, but of those that every command has."""
    skipped = _OF_EACH_COMMAND | set(without)
    return tuple(
        _field(option) for option in command.params if isinstance(option, click.Option) and option.name not in skipped
    )


def _field(option: click.Option) -> Field:
    name = option.name or ""
    choices, can_clear = _choices(name, option)
    return Field(
        name=name,
        label=max(option.opts, key=len).removeprefix("--").replace("-", " "),
        hint=_hint(name, option),
        kind=option.type,
        choices=choices,
        several=option.multiple,
        is_tick=option.is_flag,
        can_clear=can_clear,
    )


def _hint(name: str, option: click.Option) -> str:
    """Give the help of an option without what is only said to a command line."""
    if name == "category":
        return ""
    said = _TO_CLEAR.sub("", option.help or "")
    return f"{said} {option.metavar}." if option.metavar else said


def _choices(name: str, option: click.Option) -> tuple[dict[str, str], bool]:
    if name == "category":
        return {code: f"{code} {label}" for code, label in categories().items()}, True
    if not isinstance(option.type, click.Choice):
        return {}, True
    words = _WORDS.get(name)
    found = {one: f"{one}: {words(one)}" if words else one for one in option.type.choices if one}
    return found, "" in option.type.choices


def typed_into(
    fields: Collection[Field], form: MultiDict[str, str], now: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Read a form into values as the command's options give them; raises ReviewerError.

    Args:
        fields: of the form.
        form: as it was sent.
        now: what single values are at present: what is still so was not asked for, what was emptied is to be cleared
            where that can be.
    """
    return {one.name: _value(one, form, (now or {}).get(one.name)) for one in fields}


def _value(one: Field, form: MultiDict[str, str], now: object) -> Any:
    if one.is_tick:
        return one.name in form
    if one.several:
        lines = [line.strip() for typed in form.getlist(one.name) for line in typed.splitlines()]
        return tuple(_read(one, line) for line in lines if line)
    typed = form.get(one.name, "").strip()
    if one.name not in form or typed == (now or "") or not (typed or one.can_clear):
        return None
    return _read(one, typed) if typed else ""


def _read(one: Field, typed: str) -> Any:
    parts = typed.split(maxsplit=1) if isinstance(one.kind, click.Tuple) else typed
    try:
        return one.kind.convert(parts, None, None)
    except click.UsageError as error:
        raise ReviewerError(f"{one.label}: {error.message}", one.hint) from None
