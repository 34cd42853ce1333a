"""The languages that the pages exist in, and how far each can be trusted: ``source/translations/languages.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).parent / "source" / "translations" / "languages.toml"


class Checking(Enum):
    """Who has read the texts that people's safety hangs on."""

    SOURCE = "source"
    """They were written in this language."""
    DONE = "native speaker"
    """A native speaker has read all of them."""
    NOT_YET = "not yet"
    """No native speaker has; every page in the language says so."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: as it stands in a path, and in ``lang``.
        name: in the language itself.
        english: the name for operators.
        direction: ``ltr`` or ``rtl``.
        draft: texts may be missing; an operator must switch the language on twice.
        checking: who has read the texts that people's safety hangs on.
    """

    code: str
    name: str
    english: str
    direction: str
    draft: bool
    checking: Checking


def read_languages(content: str) -> Mapping[str, Language]:
    """Read the file; raises on whatever it does not know."""
    tables = tomllib.loads(content)
    return {
        code: Language(code=code, **{**values, "checking": Checking(values["checking"])})
        for code, values in tables.items()
    }


LANGUAGES = read_languages(FILE.read_text(encoding="utf-8"))
DRAFTS = frozenset(code for code, language in LANGUAGES.items() if language.draft)
