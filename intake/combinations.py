"""What is wrong between values of the configuration that are each right, and what stands there as in the example.

Pure, and taken of what is known: a value that could not be read hides nothing about the others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from intake.language_states import DRAFTS, LANGUAGES
from intake.samples import is_sample
from intake.server.numbers import SERVER_NUMBERS
from intake.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    Known = Mapping[str, Any]

SOCKET_PATH_BYTES = 107
"""What Linux takes as the name of a unix socket (sun_path less its end mark)."""

LONGEST_SOCKET_NAME = "courier/door"
"""The longest name of a socket below the run folder (``intake.onion.torrc.Layout``)."""

STILL_SAMPLE = "is still the text of the example"

COUNTRY_TEXTS = ("honest_belief", "safe_authorities", "unsafe_authorities")
"""What the pages say about the law and the authorities where the sources live."""

_FOLDERS = ("store_dir", "run_dir", "tor_dir")


def unsafe_combinations(known: Mapping[str, Known]) -> Iterator[Problem]:
    """Find them; ``known`` has for each table the values that could be read."""
    yield from _paths(known["paths"])
    yield from _door(known["door"])
    yield from _lanes(known["lanes"])
    yield from _limits(known["limits"])
    onion = known["onion"]
    if onion.get("tor") == "system" and onion.get("control_socket", "unknown") is None:
        yield Problem("onion.control_socket", 'is missing while tor = "system"', "the control socket of that tor")


def _paths(paths: Known) -> Iterator[Problem]:
    folders: dict[str, Path] = {name: paths[name] for name in _FOLDERS if name in paths}
    for name, folder in folders.items():
        for other, around in folders.items():
            if name != other and folder.is_relative_to(around):
                yield Problem(f"paths.{name}", f"lies in {other}", "a folder of its own")
    if "server_key" in paths and "store_dir" in folders and paths["server_key"].is_relative_to(folders["store_dir"]):
        yield Problem("paths.server_key", "lies in store_dir", "a place that bundles and copies of the store leave out")
    if "run_dir" in folders and len(bytes(folders["run_dir"] / LONGEST_SOCKET_NAME)) > SOCKET_PATH_BYTES:
        right = f"a path of at most {SOCKET_PATH_BYTES - len(LONGEST_SOCKET_NAME) - 1} bytes, as sockets lie in it"
        yield Problem("paths.run_dir", "is too long", right)


def _door(door: Known) -> Iterator[Problem]:
    contacts = door.get("danger_contacts", ())
    texts = [(f"door.{name}", door[name]) for name in ("about", *COUNTRY_TEXTS) if door.get(name) is not None]
    for key, text_in in texts:
        yield from _in_every_language(key, text_in, door.get("languages", ()), "door.languages")
    for one in contacts:
        wanted = [language for language in door.get("languages", ()) if one.answers_in(language)]
        whose = "its only_in" if one.only_in else "door.languages"
        if one.note is not None:
            yield from _in_every_language(f"door.danger_contacts ({one.name}) note", one.note, wanted, whose)
    yield from _drafts(door)
    yield from _samples(door)
    yield from _contacts(door)
    for one in contacts:
        key = f"door.danger_contacts ({one.name})"
        if _said_in_sample("note", one.note):
            yield Problem(f"{key} note", STILL_SAMPLE, "when and how it answers, in your own words")
        if one.name.casefold().startswith("example "):
            yield Problem(f"{key} name", "is an example", "the name of a service that people in danger can turn to")
        if set(re.sub(r"\D", "", one.reach)) == {"0"}:
            yield Problem(f"{key} reach", f"is {one.reach}, the example's", "where somebody answers")


def _samples(door: Known) -> Iterator[Problem]:
    if _said_in_sample("about", door.get("about")):
        yield Problem("door.about", STILL_SAMPLE, "who you are, in your own words")
    for name in COUNTRY_TEXTS:
        if _said_in_sample(name, door.get(name)):
            yield Problem(f"door.{name}", STILL_SAMPLE, "what holds in your country, in your own words")


def _said_in_sample(key: str, text_in: Known | None) -> bool:
    return any(is_sample(key, said) for said in (text_in or {}).values())


def _in_every_language(key: str, text: Known, languages: Sequence[str], whose: str) -> Iterator[Problem]:
    for language in languages:
        if language not in text:
            yield Problem(key, f'has no text in "{language}"', f"a text in every language of {whose}")


def _contacts(door: Known) -> Iterator[Problem]:
    """Find languages in which nobody in danger is told whom to turn to, and contacts that no page shows."""
    if "danger_contacts" not in door or "languages" not in door:
        return
    for language in door["languages"]:
        if not any(one.answers_in(language) for one in door["danger_contacts"]):
            right = "a contact for each language, or one without only_in, which every page names"
            yield Problem("door.danger_contacts", f'has nobody for pages in "{language}"', right)
    for one in door["danger_contacts"]:
        for language in one.only_in:
            if language not in door["languages"]:
                key = f"door.danger_contacts ({one.name}) only_in"
                yield Problem(key, f'has "{language}", which door.languages has not', "languages of the pages")


def _drafts(door: Known) -> Iterator[Problem]:
    if "languages" not in door or "draft_languages" not in door:
        return
    offered, wanted = set(door["languages"]), set(door["draft_languages"])
    for code in sorted(offered & DRAFTS - wanted):
        what = f'has "{code}", and {LANGUAGES[code].english} is a draft that no native speaker has checked'
        yield Problem("door.languages", what, f'"{code}" in door.draft_languages too, once somebody has read its pages')
    for code in sorted(wanted - offered):
        yield Problem("door.draft_languages", f'has "{code}", which door.languages has not', "the same code in both")


def _lanes(lanes: Known) -> Iterator[Problem]:
    if lanes.get("arrival") is False and lanes.get("presealed") is False:
        yield Problem("lanes", "every lane is switched off", "at least one lane true; stop the service to close it")


def _day(limits: Known) -> Iterator[Problem]:
    day, text, one = limits.get("day_mib"), limits.get("day_text_mib"), limits.get("submission_mib")
    if day is None or text is None:
        return
    if text >= day:
        right = f"less than day_mib ({day}), so that files can come in too"
        yield Problem("limits.day_text_mib", f"is {text}", right)
    elif one is not None and day - text < one:
        right = f"at least {one + text}, so that the largest report (submission_mib) fits beside what is kept for text"
        yield Problem("limits.day_mib", f"is {day}", right)


def _limits(limits: Known) -> Iterator[Problem]:
    yield from _day(limits)
    uploads = limits.get("upload_slots")
    if uploads is None:
        return
    held = uploads + SERVER_NUMBERS.slots.waiting
    if held >= limits.get("threads", held + 1):
        what = f"is {limits['threads']}, while uploads and those that wait for a slot can hold {held}"
        yield Problem("limits.threads", what, f"more than {held}, so that pages are served in any case")
    if limits.get("reserved_text_slots", 0) >= uploads:
        right = f"less than upload_slots ({uploads}), so that files can come in too"
        yield Problem("limits.reserved_text_slots", f"is {limits['reserved_text_slots']}", right)
