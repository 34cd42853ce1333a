"""The eight words are in the language of the page, and a box opens with them on a page in any other."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from keys.sealing.codename import WordList, WordLists
from keys.sealing.codename_lists import SHIPPED
from keys.sealing.folding import fold
from tests.intake.source.conftest import hidden_fields
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intake.source.conftest import Site

SHOWN = re.compile(r'<ol class="words" translate="no" dir="auto" lang="(\w+)">(.*?)</ol>', re.DOTALL)


@pytest.fixture
def many(make_site: Callable[..., Site]) -> Site:
    """A door in the languages that have a list, and one that has none."""
    return make_site(languages=(*SHIPPED, "sw"))


def shown(page: str) -> tuple[str, str]:
    """Return the language of the words on a page, and the words."""
    language, listed = SHOWN.findall(page)[0]
    return language, " ".join(re.findall(r"<li>(\w+)</li>", listed))


@pytest.mark.parametrize("language", SHIPPED)
def test_a_form_shows_words_of_its_language_and_says_so(many: Site, language: str) -> None:
    page = many.get(at("report.write", language)).text
    marked, words = shown(page)
    assert marked == language
    assert set(words.split()) <= set(WordList.load(language).words)
    assert hidden_fields(page)["codename"] == words


def test_a_form_in_a_language_without_a_list_shows_english_words_and_says_so(many: Site) -> None:
    marked, words = shown(many.get(at("report.write", "sw")).text)
    assert marked == "en"
    assert set(words.split()) <= set(WordList.load("en").words)


@pytest.mark.parametrize("page", [*SHIPPED, "sw"])
@pytest.mark.parametrize("language", ["fr", "ar"])
def test_words_open_the_box_on_a_page_in_any_language(many: Site, language: str, page: str) -> None:
    form = hidden_fields(many.get(at("report.write", language)).text)
    sent = many.post(at("report.write", language), [*form.items(), ("consent", "leads"), ("message", "x")])
    assert shown(sent.text) == (language, form["codename"])
    typed = " ".join("".join(fold(word)) for word in form["codename"].split())
    entered = many.post(at("box.come_back", page), [("codename", typed)])
    assert entered.status_code == HTTPStatus.SEE_OTHER
    assert many.get(entered.headers["Location"]).status_code == HTTPStatus.OK


@pytest.mark.parametrize("page", SHIPPED)
def test_words_that_nobody_was_given_open_nothing_in_any_language(many: Site, page: str) -> None:
    many.get(at("report.write", "fr"))
    for language in SHIPPED:
        words = WordLists.load().draw(language).expose()
        assert many.post(at("box.come_back", page), [("codename", words)]).status_code == HTTPStatus.FORBIDDEN
        many.take_new_circuit()
