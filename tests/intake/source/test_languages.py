"""The language stands in the path; its name comes first on the page; what goes wrong is told in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from babel import Locale

from intake.language_states import LANGUAGES, Checking, read_languages
from intake.source.translation import catalogue_of, country_name, lazy_gettext
from intake.source.words import size_text
from tests.intake.source.conftest import texts
from tests.intake.source.test_pages import ON_THE_WIRE, wire_bytes
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.routing import Rule

    from tests.intake.source.conftest import Site

FIRST = "Tell us what you know"


def said(language: str, text: str) -> str:
    """Return what a page in that language says for an English text."""
    return str(catalogue_of(language).ugettext(text))


@pytest.fixture
def many(make_site: Callable[..., Site]) -> Site:
    """A door in four languages."""
    return make_site(languages=("en", "fr", "ar", "sw"))


@pytest.mark.parametrize(
    ("wish", "language"),
    [("", "en"), ("de", "en"), ("fr-CA, fr;q=0.8, en;q=0.5", "fr"), ("ar-TN,ar;q=0.7", "ar"), ("en-US,en;q=0.5", "en")],
)
def test_the_first_page_answers_in_the_best_language_without_a_redirect(many: Site, wish: str, language: str) -> None:
    page = many.get("/", headers={"Accept-Language": wish} if wish else {})
    assert page.status_code == 200
    assert said(language, FIRST) in texts(page.text)
    assert f'href="{at("report.write", language)}"' in page.text
    assert "Set-Cookie" not in page.headers


def test_the_language_of_the_path_counts_more_than_the_browsers_wish(many: Site) -> None:
    page = many.get(at("pages.landing", "ar"), headers={"Accept-Language": "fr"})
    assert '<html lang="ar" dir="rtl">' in page.text
    assert said("ar", FIRST) in texts(page.text)


def test_every_link_and_form_stays_in_the_language_of_the_page(many: Site) -> None:
    for endpoint in ("pages.landing", "report.write", "box.come_back", "pages.how_to", "pages.about"):
        body = many.get(at(endpoint, "fr")).text.split("<header>")[1]
        assert set(re.findall(r'(?:href|action)="(/[a-z]+/)', body)) == {"/fr/"}


@pytest.mark.parametrize(
    "path", ["/xx/", "/xx/write", "/pt/write", "/EN/write", "/fr%00/write", "/en/fr/write", "/write"]
)
def test_a_language_that_is_not_offered_is_a_path_that_is_not_there(many: Site, path: str) -> None:
    page = many.get(path, headers={"Accept-Language": "en"})
    assert page.status_code == 404
    assert '<html lang="en" dir="ltr">' in page.text


def test_a_parameter_chooses_nothing(many: Site) -> None:
    assert '<html lang="en" dir="ltr">' in many.get("/?lang=fr").text


def test_what_goes_wrong_is_told_in_the_language_of_the_path(many: Site) -> None:
    wish = {"Accept-Language": "en"}
    assert said("fr", "There is no such page.") in texts(many.get("/fr/nowhere", headers=wish).text)
    assert said("ar", "There is no such page.") in texts(many.get("/ar/nowhere", headers=wish).text)
    wrong = many.browser.put(at("report.write", "fr"), headers=wish, environ_base={"REMOTE_ADDR": many.circuit})
    assert (wrong.status_code, said("fr", "This page cannot be used like that.") in texts(wrong.text)) == (405, True)
    refused = many.post(at("report.write", "fr"), [], data=b"x", content_type="text/plain", headers=wish)
    assert refused.status_code == 415
    assert '<html lang="fr" dir="ltr">' in refused.text


def test_the_names_of_the_languages_stand_before_everything_else_each_as_it_is_written(many: Site) -> None:
    body = many.get("/").text.split("<body>")[1]
    names = re.findall(r'<a href="([^"]+)" lang="(\w+)" dir="(\w+)" hreflang="\2"[^>]*>([^<]+)</a>', body)
    assert names == [
        ("/en/", "en", "ltr", "English"),
        ("/fr/", "fr", "ltr", "Français"),
        ("/ar/", "ar", "rtl", "العربية"),
        ("/sw/", "sw", "ltr", "Kiswahili"),
    ]
    assert body.index("</nav>") < body.index("<header>")
    assert body.count('aria-current="true"') == 1


def test_a_door_with_one_language_offers_none(site: Site) -> None:
    assert "hreflang" not in site.get("/").text


def test_a_page_that_holds_nothing_is_had_in_another_language_and_one_that_does_is_left_for_the_first(
    many: Site,
) -> None:
    for endpoint in ("report.write", "box.come_back", "pages.how_to", "pages.about", "pages.left"):
        assert f'href="{at(endpoint, "ar")}" lang="ar"' in many.get(at(endpoint)).text
    form = many.form()
    sent = many.report("", form=form)
    assert f'href="{at("pages.landing", "ar")}" lang="ar"' in sent.text
    many.report("Hello", form=form)
    many.post(at("box.enter"), [("codename", form["codename"])])
    assert f'href="{at("pages.landing", "ar")}" lang="ar"' in many.get(at("box.show")).text


def test_a_visit_is_in_its_language_to_the_end(many: Site) -> None:
    form = many.form(at("report.write", "fr"))
    receipt = many.post(at("report.send", "fr"), [*form.items(), ("message", "Bonjour")])
    assert said("fr", "We have it") in texts(receipt.text)
    entered = many.post(at("box.enter", "fr"), [("codename", form["codename"])])
    assert entered.headers["Location"] == at("box.show", "fr")
    assert f"Path={at('box.show', 'fr')};" in entered.headers["Set-Cookie"]
    assert said("fr", "Your box") in texts(many.get(at("box.show", "fr")).text)
    assert many.get(at("box.show")).headers["Location"] == at("pages.left")
    left = many.post(at("box.leave", "fr"), [])
    assert left.headers["Location"] == at("pages.left", "fr")
    assert any(f"Path={at('box.show', 'fr')}" in one for one in left.headers.getlist("Set-Cookie"))


def test_a_page_says_that_no_native_speaker_has_checked_it_or_that_it_is_a_draft(many: Site) -> None:
    assert "grew up with" not in texts(many.get(at("pages.landing")).text)
    assert said("fr", "No one who grew up with this language has checked these texts yet.") in texts(
        many.get(at("report.write", "fr")).text
    )
    draft = "This translation is a draft. Parts of it may be wrong, or in English."
    assert said("sw", draft) in texts(many.get(at("report.write", "sw")).text)


def plain_rules(site: Site) -> list[Rule]:
    """Return the pages that may be asked for with nothing but a language."""
    rules = [rule for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return [rule for rule in rules if rule.arguments - {*(rule.defaults or ())} == {"lang"}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_light_in_every_language(make_site: Callable[..., Site], language: str) -> None:
    site = make_site(languages=tuple(LANGUAGES))
    for rule in plain_rules(site):
        site.take_new_circuit()
        assert wire_bytes(site.get(at(rule.endpoint, language))) <= ON_THE_WIRE, rule
    assert wire_bytes(
        site.post(at("report.send", language), list(site.form(at("report.write", language)).items()))
    ) <= (ON_THE_WIRE)


# What is known about each language.


def test_only_english_is_said_to_need_no_native_speaker() -> None:
    assert {code for code, one in LANGUAGES.items() if one.checking is Checking.SOURCE} == {"en"}
    assert {code for code, one in LANGUAGES.items() if one.draft} == {"sw", "ny", "ru"}


def test_an_unknown_state_or_key_is_refused() -> None:
    known = 'name = "X"\nenglish = "X"\ndirection = "ltr"\ndraft = false\n'
    assert read_languages(f'[xx]\n{known}checking = "native speaker"')["xx"].checking is Checking.DONE
    with pytest.raises(ValueError, match="perhaps"):
        read_languages(f'[xx]\n{known}checking = "perhaps"')
    with pytest.raises(TypeError):
        read_languages(f'[xx]\n{known}checking = "not yet"\nmood = "good"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_has_a_name_in_every_language(many: Site, language: str) -> None:
    locale = Locale(language)
    countries = [code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code)]
    assert len(countries) > 200
    assert all(country_name(code, locale) for code in countries)
    with many.app.test_request_context(at("report.write", "fr")):
        assert country_name("EG") == "Égypte"
    assert country_name("MW", Locale("ny")) == "Malawi"


def test_numbers_are_written_as_the_language_does(many: Site) -> None:
    for language, shown in {"en": "1.5 kB", "fr": "1,5 ko", "ar": "1.5 كيلوبايت", "sw": "kB 1.5"}.items():
        with many.app.test_request_context(at("report.write", language)):
            assert size_text(1500) == shown


def test_a_marked_text_is_in_english_outside_of_a_page() -> None:
    assert str(lazy_gettext("Send")) == "Send"
    assert repr(lazy_gettext("Send")) == "LazyText('Send')"


def test_an_empty_text_stays_empty(many: Site) -> None:
    with many.app.test_request_context(at("report.write", "fr")):
        assert str(lazy_gettext("")) == ""
