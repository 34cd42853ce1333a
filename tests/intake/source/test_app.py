from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from flask import request

from intake.source.app import utc_now
from intake.source.body import Body
from tests.intake.world import at

if TYPE_CHECKING:
    from tests.intake.source.conftest import Site


@pytest.mark.parametrize("attribute", ["form", "files", "values", "data"])
def test_flasks_own_form_parser_is_out_of_reach(site: Site, attribute: str) -> None:
    with (
        site.app.test_request_context(at("report.write"), method="POST", data={"a": "b"}),
        pytest.raises(RuntimeError, match="form_stream"),
    ):
        getattr(request, attribute)


def test_the_clock_gives_utc() -> None:
    assert utc_now().utcoffset() == dt.timedelta(0)


def test_what_is_still_to_come_is_what_was_declared_less_what_came() -> None:
    class Source:
        def read(self, size: int) -> bytes:
            return b"x" * min(size, 10)

    body = Body({"wsgi.input": Source(), "CONTENT_LENGTH": "25"}, 100)
    chunks = body.chunks()
    assert body.still_to_come == 25
    assert next(chunks) == b"x" * 10
    assert body.still_to_come == 15
    assert len(b"".join(chunks)) == 15
    assert body.still_to_come == 0


def test_a_body_without_a_length_has_nothing_announced() -> None:
    assert Body({"wsgi.input": None, "wsgi.input_terminated": True}, 100).still_to_come == 0
