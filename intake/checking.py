"""What ``khomo-intake check-config`` looks at: the file, the papers that it names, and the tor that it starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from intake.config import ConfigError, load_config
from intake.form.desks import desks_missing
from intake.form.errors import FormError
from intake.form.files import form_in_use
from intake.language_states import LANGUAGES, Checking
from intake.onion.errors import OnionError
from intake.onion.tor import check_program
from intake.papers import look_at_papers
from intake.settings import Problem
from keys.sealing.public_bundle import NoEpochError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from intake.form.model import Form
    from intake.papers import Found
    from keys.sealing.notes import VerifyKey
    from keys.sealing.public_bundle import PublicBundle


@dataclass
class Checked:
    """What was found.

    Attributes:
        problems: everything that is wrong.
        facts: sentences about what is right.
    """

    problems: list[Problem] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


def check(path: Path, today: date, *, papers: bool) -> Checked:
    """Look at a configuration, and at what it names as far as that can be read; never stops at the first problem."""
    checked = Checked()
    try:
        config = load_config(path)
    except ConfigError as error:
        checked.problems += error.problems
        known = error.known
    else:
        checked.facts.append(f"{path}: every key is understood.")
        checked.facts += _unchecked(config.door.languages)
        known = {name: asdict(getattr(config, name)) for name in ("paths", "onion", "form", "door")}
    checked.problems += _tor(known["onion"])
    form = _form(known.get("form", {}), known.get("door", {}), checked)
    if papers:
        found = look_at_papers(known["paths"])
        _papers(found, today, checked)
        if form is not None and found.bundle is not None:
            checked.problems += desks_missing(form, found.bundle)
    return checked


def _unchecked(offered: Iterable[str]) -> Iterator[str]:
    names = [LANGUAGES[code].english for code in offered if LANGUAGES[code].checking is Checking.NOT_YET]
    if names:
        yield f"Pages in {', '.join(names)} say that no native speaker has checked them: let somebody read them first."


def _form(form: Mapping[str, Any], door: Mapping[str, Any], checked: Checked) -> Form | None:
    path = form.get("file")
    try:
        found = form_in_use(path)
    except FormError as error:
        for one in error.mistakes:
            checked.problems.append(Problem("form.file", f"{path}:{one.line}: {one.place} {one.what}", one.right))
        return None
    for language in door.get("languages", ()) if path else ():
        if language not in found.languages:
            what = f'has no texts in "{language}"'
            checked.problems.append(Problem("form.file", what, "a text in every language of door.languages"))
    return found


def _tor(onion: Mapping[str, Any]) -> Iterator[Problem]:
    if onion.get("tor") != "own" or "tor_binary" not in onion:
        return
    try:
        check_program(onion["tor_binary"])
    except OnionError as error:
        yield Problem("onion.tor_binary", error.message.rstrip("."), "a tor that can be started: Debian's package tor")


def _papers(found: Found, today: date, checked: Checked) -> None:
    checked.problems += found.problems
    if found.root is not None:
        checked.facts += _fingerprint("Root key", found.root)
    if found.server_key is not None:
        checked.facts += _fingerprint(f"Server key {found.server_key.name}", found.server_key.verify_key)
    if found.bundle is not None:
        _epochs(found.bundle, today, checked)


def _fingerprint(whose: str, key: VerifyKey) -> list[str]:
    return [f"{whose}:", f"    {key.fingerprint_words()}", f"    {key.fingerprint_hex()}"]


def _epochs(bundle: PublicBundle, today: date, checked: Checked) -> None:
    for desk in bundle.receiving_desks:
        try:
            epoch = bundle.epoch_for(desk.id, today)
        except NoEpochError as error:
            right = "a public bundle with an epoch for today; ask the desk for a newer one"
            checked.problems.append(Problem("paths.public_bundle", error.message.rstrip("."), right))
        else:
            checked.facts += [
                f"Reports go to {desk.name} of {bundle.organisation}, sealed to epoch {epoch.id}.",
                f"Pages offer that epoch until {epoch.not_after}.",
            ]
