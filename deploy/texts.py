"""Collects the texts of the pages for translators: ``python -m deploy.texts``.

What is marked in ``intake/source`` and ``intake/leaflet``, asked by the form that ships and named by the vocabulary
goes into ``intake/source/translations/messages.pot``. Each language's ``.po`` then has the same texts in the same
order: what was translated stays, what is new is empty, what no page says any more is gone. A text whose English changed
is a new text: nobody has checked that its translation still says the same.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from intake.language_states import LANGUAGES, Checking
from intake.source.translation import FOLDER, SOURCE_LANGUAGE
from keys.sealing.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from babel.messages.catalog import Catalog

    from intake.language_states import Language

Text: TypeAlias = "str | tuple[str, str]"
"""A text, or one that counts: singular and plural."""

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "intake" / "source", ROOT / "intake" / "leaflet")
FORM = ROOT / "intake" / "form" / "default.toml"
TEMPLATE = "messages.pot"
FORM_TEXTS = frozenset({"title", "intro", "label", "help"})
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true"}}
ARABIC = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
"""As gettext's manual and CLDR have it; Babel's own rule gives 11 the form of 100."""


def collect() -> list[Text]:
    """Return every text that a page can say, in order."""
    found: set[Text] = set()
    for folder in PAGES:
        marked = extract_from_dir(folder, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
        found.update(_text(message) for _file, _line, message, _comments, _context in marked)
    found.update(_form_texts(tomllib.loads(FORM.read_text(encoding="utf-8"))))
    found.update(vocabulary().values())
    return sorted(found, key=lambda text: text if isinstance(text, tuple) else (text,))


def catalogue(language: str, texts: list[Text], translations: Mapping[Text, tuple[str, ...]]) -> str:
    """Write the catalogue of a language; ``""`` for the template, which has no language."""
    forms = get_plural(language or SOURCE_LANGUAGE)
    rule = ARABIC if language == "ar" else forms.plural_forms
    head = {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
    if language:
        head |= {"Language": language, "Plural-Forms": rule}
    name = LANGUAGES[language].english if language else "a new language"
    lines = [
        f"# The pages in {name}. What is known about each language stands in languages.toml.",
        'msgid ""',
        'msgstr ""',
    ]
    lines += [_quoted(f"{key}: {value}\n") for key, value in head.items()]
    for text in texts:
        lines += ["", *_entry(text, translations.get(text, ()), forms.num_plurals)]
    return "\n".join(lines) + "\n"


def translations_in(language: str) -> dict[Text, tuple[str, ...]]:
    """Read what a translator wrote."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        written: Catalog = read_po(file, locale=language, abort_invalid=True)
    return {_text(one.id): _forms(one.string) for one in written if one.id}


def in_step() -> Iterator[tuple[Path, str]]:
    """Say what each file should hold."""
    texts = collect()
    yield FOLDER / TEMPLATE, catalogue("", texts, {})
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            yield FOLDER / f"{language}.po", catalogue(language, texts, translations_in(language))


def main() -> None:
    """Bring all files in step and say what is left to do."""
    for path, content in in_step():
        path.write_text(content, encoding="utf-8")
        if path.name != TEMPLATE:
            sys.stdout.write(f"{path.name}: {standing(LANGUAGES[path.stem], content)}\n")


def standing(language: Language, content: str) -> str:
    """Say how far a language is, from its catalogue."""
    starts = [entry.split("\nmsgstr", 1)[1] for entry in content.split("\n\n")[1:]]
    empty = sum(start.split("\n", 1)[0].endswith(' ""') for start in starts)
    said = f"{empty} empty, {len(starts) - empty} translated"
    if language.checking is Checking.NOT_YET:
        said += ", not checked by a native speaker"
    return f"{said}; a draft" if language.draft else said


def _text(message: object) -> Text:
    if isinstance(message, tuple):
        return str(message[0]), str(message[1])
    return str(message)


def _forms(translation: object) -> tuple[str, ...]:
    return tuple(map(str, translation)) if isinstance(translation, (tuple, list)) else (str(translation or ""),)


def _form_texts(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, str) and key in FORM_TEXTS:
        yield value
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield from _form_texts(inner, name)
    for inner in value if isinstance(value, list) else ():
        yield from _form_texts(inner, key)


def _entry(text: Text, translated: tuple[str, ...], forms: int) -> list[str]:
    flag = ["#, python-format"] if "%(" in "".join(text) else []
    if isinstance(text, str):
        return [*flag, f"msgid {_quoted(text)}", f"msgstr {_quoted(''.join(translated[:1]))}"]
    filled = (*translated, *[""] * forms)[:forms]
    counted = [f"msgstr[{place}] {_quoted(form)}" for place, form in enumerate(filled)]
    return [*flag, f"msgid {_quoted(text[0])}", f"msgid_plural {_quoted(text[1])}", *counted]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    main()
