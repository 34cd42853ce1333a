"""A form is read as it streams in: as a browser sends it, every field that matters stands before the first file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.forms import Multipart, read_page
from tests.intake.source.conftest import codename_of, multipart
from tests.intake.world import WRITE, at

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.rehearsal.forms import Form
    from tests.intake.source.conftest import Site


def file_forms(page: str) -> list[Form]:
    return [form for form in read_page(page)[0] if any(control.kind == "file" for control in form.controls)]


def send(site: Site, form: Form) -> tuple[int, str]:
    """Send every control of a form in the order of the page, as a browser does."""
    body = Multipart(form)
    answer = site.post(form.action, [], data=b"".join(body), content_type=body.content_type)
    if answer.status_code == 303:
        answer = site.get(answer.headers["Location"])
    return answer.status_code, answer.text


def the_box(site: Site) -> str:
    receipt = site.report("Hello").text
    entry = at("box.enter")
    site.post(entry, [], data=multipart([("codename", codename_of(receipt))]))
    return site.get(at("box.show")).text


PAGES: dict[str, Callable[[Site], str]] = {
    "form": lambda site: site.get(WRITE).text,
    "receipt": lambda site: str(site.report("Hello").text),
    "box": the_box,
}


@pytest.mark.parametrize("page", PAGES)
def test_no_field_but_the_word_for_practice_stands_after_a_file(site: Site, page: str) -> None:
    forms = file_forms(PAGES[page](site))
    assert forms
    for form in forms:
        kinds = [control.kind == "file" for control in form.controls if control.name != "practice"]
        assert kinds == sorted(kinds), [control.name for control in form.controls]


def test_a_form_that_is_sent_as_a_browser_sends_it_is_a_report(site: Site) -> None:
    [form] = file_forms(site.get(WRITE).text)
    form.fill("message", "They are here tonight.")
    form.fill("practice", form.value("codename").split(" ")[3])
    status, page = send(site, form)
    assert (status, "We have it" in page, "for practice was right" in page) == (200, True, True)
    assert [row.message for row in site.rows()] == [b"They are here tonight."]
