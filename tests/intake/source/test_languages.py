from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask, render_template_string, url_for

from intake.source.languages import install_languages

if TYPE_CHECKING:
    from flask.testing import FlaskClient


@pytest.fixture
def browser() -> FlaskClient:
    app = Flask(__name__)
    install_languages(app, ["en", "ar", "fr"])

    @app.get("/")
    def page() -> str:
        text = (
            "{{ lang }} {{ dir }} {{ link }} {% for code, name in language_choices %}{{ code }}={{ name }};{% endfor %}"
        )
        return render_template_string(text, link=url_for("page"))

    return app.test_client()


def test_the_first_language_is_for_whoever_asks_for_none_of_them(browser: FlaskClient) -> None:
    assert browser.get("/").text.startswith("en ltr / ")
    assert browser.get("/", headers={"Accept-Language": "de"}).text.startswith("en ltr / ")


def test_the_browsers_wish_counts(browser: FlaskClient) -> None:
    assert browser.get("/", headers={"Accept-Language": "fr-CA, fr;q=0.8, en;q=0.5"}).text.startswith("fr ltr / ")


def test_a_choice_counts_more_and_travels_in_every_link_without_a_cookie(browser: FlaskClient) -> None:
    page = browser.get("/?lang=ar", headers={"Accept-Language": "fr"})
    assert page.text.startswith("ar rtl /?lang=ar ")
    assert "Set-Cookie" not in page.headers


def test_a_choice_that_we_do_not_offer_is_ignored(browser: FlaskClient) -> None:
    assert browser.get("/?lang=xx%00").text.startswith("en ltr / ")


def test_languages_are_offered_under_their_own_names(browser: FlaskClient) -> None:
    assert "en=English;ar=العربية;fr=français;" in browser.get("/").text
