"""No text of a page is untranslated or broken, in any language.

Complete languages have every text; drafts may lack some, and what they have must be sound.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

import intake.source.translation
from deploy.texts import catalogue, collect, in_step, standing
from intake.language_states import DRAFTS, LANGUAGES, Checking
from intake.source.translation import FOLDER, catalogue_of

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

    from deploy.texts import Text


SOURCE = FOLDER.parent
TRANSLATED = [code for code in LANGUAGES if code != "en"]
COMPLETE = [code for code in TRANSLATED if code not in DRAFTS]

UNITS = {"%(num)s byte", "%(num)s bytes", "%(number)s kB", "%(number)s MB", "%(number)s GB"}
SAME_AS_IN_ENGLISH = {
    "fr": {"Question"},
    "es": {*UNITS, "No"},
    "pt": {*UNITS},
    "ar": set(),
}
"""Words that are spelled alike, and signs of units."""

FORMS = {
    "fr": [0, 1, 2, 5],
    "ar": [0, 1, 2, 3, 11, 100, 101],
    "ru": [1, 2, 5, 11, 21],
}
LETTERS = {"ar": "ARABIC", "ru": "CYRILLIC"}
NAMES = r"[\w.-]+\.(?:txt|age|asc|gpg|org|toml|exe|zip|pdf)\b|--[\w-]+|\bage\b|\bUSB\b|\bPDF\b|\bGnuPG\b|\bgpg\b"
ENDS = {".": ".", "。": ".", "?": "?", "؟": "?", "!": "!", ":": ":", "…": "…"}


def read(name: str) -> Catalog:
    with (FOLDER / name).open("rb") as file:
        return read_po(file, locale=None if name.endswith("t") else name.removesuffix(".po"), abort_invalid=True)


def messages(name: str) -> list[Message]:
    return [message for message in read(name) if message.id]


def texts_of(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def translated(language: str) -> list[tuple[Message, str, str]]:
    """Return every translation with its English, plural forms one by one."""
    found = []
    for message in messages(f"{language}.po"):
        english, forms = texts_of(message.id), texts_of(message.string)
        found += [(message, english[-1] if place else english[0], form) for place, form in enumerate(forms) if form]
    return found


# Nothing is left out.


def test_every_catalogue_is_in_step_with_the_pages_the_form_and_the_vocabulary() -> None:
    for path, content in in_step():
        assert path.read_text(encoding="utf-8") == content, "collect again: python -m deploy.texts"


def test_what_is_collected_is_marked_text_of_each_kind() -> None:
    texts = collect()
    assert {"Send", "Is anyone in danger because of this?", "Bribery of national public official"} <= set(texts)
    assert ("%(num)s byte", "%(num)s bytes") in texts
    assert len(texts) == len(set(texts))


def test_collecting_keeps_what_was_translated_and_drops_what_no_page_says() -> None:
    counted = ("%(num)s byte", "%(num)s bytes")
    known: dict[Text, tuple[str, ...]] = {"Send": ("Envoyer",), "Gone": ("Parti",)}
    known[counted] = ("%(num)s octet", "%(num)s octets")
    written = catalogue("fr", ["New", "Send", counted], known)
    assert 'msgid "Send"\nmsgstr "Envoyer"' in written
    assert 'msgid "New"\nmsgstr ""' in written
    assert "Gone" not in written
    assert written.endswith('msgstr[0] "%(num)s octet"\nmsgstr[1] "%(num)s octets"\n')


def test_how_far_a_language_is_tells_empty_from_unchecked() -> None:
    texts: list[Text] = ["About", ("one file", "files"), "Send", "Zone"]
    written = catalogue("sw", texts, {"Send": ("Tuma",)})
    assert standing(LANGUAGES["sw"], written) == "3 empty, 1 translated, not checked by a native speaker; a draft"
    whole = catalogue("fr", texts, {"About": ("a",), ("one file", "files"): ("b", "c"), "Send": ("d",), "Zone": ("e",)})
    checked = replace(LANGUAGES["fr"], checking=Checking.DONE)
    assert standing(checked, whole) == "0 empty, 4 translated"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_has_the_texts_of_the_pages_and_no_others(language: str) -> None:
    catalogue = read(f"{language}.po")
    ids = {message.id for message in catalogue if message.id}
    wanted = {message.id for message in messages("messages.pot")}
    assert ids <= wanted, "texts that no page has"
    assert not catalogue.obsolete
    if language in COMPLETE:
        assert wanted - ids == set()


@pytest.mark.parametrize("language", COMPLETE)
def test_a_complete_language_leaves_nothing_empty_uncertain_or_in_english(language: str) -> None:
    same = SAME_AS_IN_ENGLISH[language]
    for message in messages(f"{language}.po"):
        assert not message.fuzzy, message.id
        for form in texts_of(message.string):
            assert form.strip(), message.id
            assert form in same or form not in texts_of(message.id), message.id


def test_nothing_is_allowed_to_be_as_in_english_that_is_not() -> None:
    for language, words in SAME_AS_IN_ENGLISH.items():
        same = {form for _message, english, form in translated(language) if form == english}
        assert words == same, language
    assert set(SAME_AS_IN_ENGLISH) == set(COMPLETE)


# Nothing is broken.


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_text_that_counts_has_a_form_for_every_number(language: str) -> None:
    catalogue = read(f"{language}.po")
    for message in catalogue:
        if message.id and isinstance(message.id, tuple):
            assert len(texts_of(message.string)) == catalogue.num_plurals, message.id
            if language in COMPLETE:
                one, many = message.id
                numbers = FORMS.get(language, [1, 2])
                shown = {catalogue_of(language).ungettext(one, many, number) for number in numbers}
                assert shown == set(texts_of(message.string)), message.id
    assert catalogue.num_plurals == {"ar": 6, "ru": 3}.get(language, 2)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[a-z]|%[^(%\s]|\{\w*\}", text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_filled_in_is_the_same_as_in_english(language: str) -> None:
    for message, english, form in translated(language):
        wanted, found = placeholders(english), placeholders(form)
        if message.pluralizable:
            assert set(found) <= set(wanted), message.id
            assert found == wanted or "%(num)s" not in found, message.id
        else:
            assert found == wanted, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_has_markup_marks_of_direction_or_signs_that_cannot_be_seen(language: str) -> None:
    for message, english, form in translated(language):
        assert not re.search(r"[<>]|&\w+;|&#", form), message.id
        unseen = {sign for sign in form if unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs", "Cn"}}
        assert unseen == set(), f"{message.id}: {[hex(ord(sign)) for sign in unseen]}"
        assert form == form.strip()
        assert "  " not in form, message.id
        assert form == unicodedata.normalize("NFC", form), message.id
        assert not english.startswith(" ")


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_the_text_does(language: str) -> None:
    for message, english, form in translated(language):
        assert ENDS.get(form[-1]) == ENDS.get(english[-1]), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_names_of_files_programs_and_versions_stay_as_they_are(language: str) -> None:
    for message, english, form in translated(language):
        kept = set(re.findall(r"\d+(?:\.\d+)+|(?<![\d(])\b\d{2,}\b", english))
        kept |= set(re.findall(NAMES, english))
        assert [name for name in kept if name not in form] == [], message.id


@pytest.mark.parametrize("language", LETTERS)
def test_a_translation_is_written_in_the_letters_of_its_language(language: str) -> None:
    for message, english, form in translated(language):
        if re.search(r"[a-z]{3}", re.sub(r"%\(\w+\)s", "", english)):
            assert any(LETTERS[language] in unicodedata.name(sign, "") for sign in form), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_letters_of_another_script_are_only_in_names(language: str) -> None:
    script = LETTERS.get(language, "LATIN")
    for message, english, form in translated(language):
        words = re.findall(r"[^\W\d_]+", re.sub(r"%\(\w+\)s", "", form))
        strange = [word for word in words if not unicodedata.name(word[0], "").startswith(script)]
        assert [word for word in strange if word.casefold() not in english.casefold()] == [], message.id


def test_french_signs_that_stand_apart_stay_in_the_line_of_their_word() -> None:
    assert [form for _message, _english, form in translated("fr") if re.search(" [?!:;»]|« ", form)] == []


def test_a_catalogue_is_read_from_what_the_translator_wrote() -> None:
    assert list(FOLDER.glob("**/*.mo")) == []
    assert catalogue_of("fr") is catalogue_of("fr")
    assert sorted(file.stem for file in FOLDER.glob("*.po")) == sorted(TRANSLATED)
    assert intake.source.translation.FOLDER.is_dir()


# Nothing is said outside of a catalogue.


class _Spoken(HTMLParser):
    """Collects what a reader sees or hears: text, and attributes that are read out."""

    READ_OUT = frozenset({"alt", "aria-label", "aria-description", "aria-placeholder", "placeholder", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag == "code"
        self.said += [value for name, value in attrs if name in self.READ_OUT and value]
        given = dict(attrs)
        if tag in {"input", "button"} and given.get("type") in {"submit", "button", "reset"}:
            self.said.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.said.append(data)


@pytest.mark.parametrize("template", sorted(SOURCE.glob("templates/*.html")), ids=lambda path: path.stem)
def test_no_template_says_anything_outside_the_catalogue(template: object) -> None:
    source = template.read_text(encoding="utf-8")  # type: ignore[attr-defined]  # a path
    source = re.sub(r"{%-?\s*trans.*?endtrans\s*-?%}", "", source, flags=re.DOTALL)
    spoken = _Spoken()
    spoken.feed(re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL))
    assert [text for text in spoken.said if re.search(r"[A-Za-z]{2}", text)] == []
