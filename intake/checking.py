"""What ``khomo-intake check-config`` looks at: the file, the papers that it names, and the tor that it starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from intake.config import ConfigError, load_config
from intake.onion.errors import OnionError
from intake.onion.tor import check_program
from intake.papers import look_at_papers
from intake.settings import Problem
from keys.sealing.public_bundle import NoEpochError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

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
        known = {"paths": asdict(config.paths), "onion": asdict(config.onion)}
    checked.problems += _tor(known["onion"])
    if papers:
        _papers(look_at_papers(known["paths"]), today, checked)
    return checked


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
