"""One circuit that asks too much is refused in the app's words; nobody else notices, and no log tells of it."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest
from flask import Flask, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.test import EnvironBuilder, run_wsgi_app

from intake.server.counters import CircuitCounters
from intake.server.door import at_the_door
from intake.server.limits import BodyKind, body_kind, limit_requests
from intake.server.numbers import Rates, ServerNumbers, Slots
from intake.server.slots import UploadSlots

if TYPE_CHECKING:
    from flask.testing import FlaskClient

NUMBERS = ServerNumbers(
    threads=8, slots=Slots(bodies=2, texts=1, waiting=0), rates=Rates(pages="5 per minute", bodies="2 per minute")
)


def small_app(slots: UploadSlots | None = None) -> Flask:
    """Make an app with limits and its own words."""
    app = Flask("small")
    limit_requests(app, NUMBERS, slots)

    @app.route("/", methods=["GET", "POST"])
    def page() -> str:
        if "hold" in request.args:
            time.sleep(0.3)
        return "page"

    @app.errorhandler(HTTPException)
    def words(error: HTTPException) -> tuple[str, int]:
        return "in our words", error.code or 500

    return app


@pytest.fixture
def client() -> FlaskClient:
    """A client of an app."""
    return small_app().test_client()


def circuit(number: int) -> dict[str, str]:
    """Return the environment of a circuit."""
    return {"REMOTE_ADDR": f"fc00:dead:beef:4dad::0:{number:x}"}


def test_a_circuit_that_asks_too_much_is_refused_in_words(client: FlaskClient) -> None:
    answers = [client.get("/", environ_base=circuit(1)) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5].text == "in our words"


def test_other_circuits_do_not_notice(client: FlaskClient) -> None:
    for _ in range(9):
        client.get("/", environ_base=circuit(1))
    assert client.get("/", environ_base=circuit(2)).status_code == 200


def test_bodies_count_on_their_own(client: FlaskClient) -> None:
    answers = [client.post("/", data=b"x", environ_base=circuit(1)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert client.get("/", environ_base=circuit(1)).status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/none", 404), ("PUT", "/", 405)])
def test_pages_that_are_not_there_count_as_others_do(client: FlaskClient, method: str, path: str, status: int) -> None:
    answers = [client.open(path, method=method, environ_base=circuit(1)) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [status] * 5 + [429]
    assert client.get("/", environ_base=circuit(1)).status_code == 429


def test_a_body_for_a_page_that_is_not_there_counts_as_a_body(client: FlaskClient) -> None:
    answers = [client.post("/none", data=b"x", environ_base=circuit(1)).status_code for _ in range(3)]
    assert answers == [404, 404, 429]


def test_a_new_circuit_for_every_request_costs_nobody_else(client: FlaskClient) -> None:
    assert {client.get("/", environ_base=circuit(number)).status_code for number in range(1, 300)} == {200}


def test_a_refusal_tells_no_log_of_the_circuit(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(7):
        client.get("/", environ_base=circuit(1))
    assert "dead:beef" not in caplog.text
    assert "429" not in caplog.text


def test_no_header_tells_of_the_limit(client: FlaskClient) -> None:
    for _ in range(7):
        answer = client.get("/", environ_base=circuit(1))
    assert not [name for name in dict(answer.headers) if "limit" in name.lower() or "retry" in name.lower()]


def test_a_body_holds_a_slot_while_its_view_runs_and_the_next_is_refused_in_words() -> None:
    slots = UploadSlots(NUMBERS.slots)
    app = small_app(slots)
    large = bytes(NUMBERS.anteroom.small_body_bytes + 1)

    def upload() -> None:
        app.test_client().post("/?hold=1", data=large, environ_base=circuit(1))

    first = threading.Thread(target=upload)
    first.start()
    while not slots.held:
        time.sleep(0.005)
    refused = app.test_client().post("/", data=large, environ_base=circuit(2))
    text = app.test_client().post("/", data=b"text", environ_base=circuit(3))
    page = app.test_client().get("/", environ_base=circuit(4))
    first.join()
    assert (refused.status_code, refused.text) == (503, "in our words")
    assert (text.status_code, page.status_code) == (200, 200)
    assert slots.held == 0


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, None),
        ({"CONTENT_LENGTH": "0"}, None),
        ({"CONTENT_LENGTH": "100"}, BodyKind.TEXT),
        ({"CONTENT_LENGTH": "100", "HTTP_EXPECT": "100-continue"}, BodyKind.UPLOAD),
        ({"CONTENT_LENGTH": str(10**8)}, BodyKind.UPLOAD),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, BodyKind.UPLOAD),
    ],
)
def test_what_slot_a_request_needs_follows_from_its_header(environ: dict[str, str], kind: BodyKind | None) -> None:
    assert body_kind(environ) is kind


def test_counts_expire_and_are_bounded() -> None:
    now = [1000.0]
    counters = CircuitCounters("x://", most=3, clock=lambda: now[0])
    assert [counters.incr("a", 60), counters.incr("a", 60)] == [1, 2]
    assert (counters.get("a"), counters.get_expiry("a")) == (2, 1060)
    now[0] = 1061
    assert (counters.get("a"), counters.incr("a", 60)) == (0, 1)
    for key in "bcd":
        counters.incr(key, 60)
    assert (counters.get("a"), counters.get("d")) == (0, 1)
    counters.clear("d")
    assert (counters.get("d"), counters.get_expiry("d")) == (0, 1061)
    assert (counters.reset(), counters.check()) == (2, True)


def test_what_must_go_before_its_time_is_told_of_and_what_has_expired_is_not() -> None:
    now, told = [0.0], []
    counters = CircuitCounters("x://", most=2, clock=lambda: now[0], forgot=lambda: told.append(now[0]))
    for key in "aabb":
        counters.incr(key, 60)
    assert told == []
    counters.incr("c", 60)
    assert told == [0]
    now[0] = 61
    for key in "de":
        counters.incr(key, 60)
    assert told == [0]


def test_expired_counts_are_forgotten_as_others_come() -> None:
    now = [0.0]
    counters = CircuitCounters("x://", clock=lambda: now[0])
    for number in range(100):
        counters.incr(str(number), 60)
    now[0] = 61
    for number in range(60):
        counters.incr(f"new {number}", 60)
    assert counters.reset() == 60


def test_a_hit_costs_the_same_with_many_circuits() -> None:
    counters = CircuitCounters("x://")
    before = threading.active_count()
    for number in range(20_000):
        counters.incr(str(number), 60)
    assert threading.active_count() == before


def test_each_refusal_of_a_circuit_or_for_want_of_a_slot_or_for_size_is_counted_by_its_kind() -> None:
    kinds: list[str] = []
    app = small_app()

    @app.route("/large", methods=["POST"])
    def large() -> str:
        raise RequestEntityTooLarge

    door = at_the_door(app.wsgi_app, kinds.append)
    for number in (1, 2, 3):
        environ = EnvironBuilder(path="/large", method="POST", data=b"x").get_environ() | circuit(1)
        run_wsgi_app(door, environ)
        assert kinds == (["too-large"] * 2 + ["too-many-requests"])[:number]


def test_a_form_for_which_there_is_no_slot_is_counted() -> None:
    kinds: list[str] = []
    slots = UploadSlots(Slots(bodies=1, texts=1, waiting=0))
    door = at_the_door(small_app(slots).wsgi_app, kinds.append)
    slots.take(BodyKind.TEXT, "another")
    run_wsgi_app(door, EnvironBuilder(path="/", method="POST", data=b"x").get_environ() | circuit(1))
    assert kinds == ["no-slot"]
