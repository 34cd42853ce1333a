"""What bad input gets: a short page in plain words, the right status, nothing stored in half."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.store import StoreSettings
from tests.full_disk import files_at_most
from tests.intake.source.conftest import BOUNDARY, hidden_fields, multipart, texts
from tests.intake.source.raw import Answer, Socket, call, repeated
from tests.intake.world import WRITE, at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from werkzeug.test import TestResponse

    from tests.intake.source.conftest import Site

MIB = 1024 * 1024


def filled(site: Site, *more: tuple[str, str | bytes] | tuple[str, str, bytes], message: str = "Hello") -> bytes:
    return multipart([*site.form().items(), ("message", message), *more])


def send(site: Site, body: bytes, length: int | None = -1, path: str = WRITE, **extra: object) -> Answer:
    socket = Socket([body])
    declared = len(body) if length == -1 else length
    return call(site.app, socket, declared, path=path, circuit=site.circuit, **extra)


def nothing_is_stored(site: Site) -> bool:
    left_over = [path for path in (site.folder / "store" / "incoming").rglob("*") if path.is_file()]
    return site.store.count() == 0 and not left_over


def is_short_page(answer: Answer | TestResponse) -> bool:
    says = texts(answer.text)
    return len(says) < 700 and "Traceback" not in answer.text and "<main>" in answer.text


# Too large, too many.


@pytest.mark.parametrize("name", ["token", "codename", "consent", "originals"])
def test_an_over_long_field_is_refused_at_the_byte_that_breaks_its_limit(site: Site, name: str) -> None:
    start = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
    socket = Socket(iter([start, *repeated(50 * MIB)]))
    answer = call(site.app, socket, 50 * MIB, circuit=site.circuit)
    assert answer.status == 413
    assert is_short_page(answer)
    assert socket.given <= 128 * 1024
    assert nothing_is_stored(site)


def test_a_message_that_no_browser_of_ours_could_send_is_refused_without_being_held(site: Site) -> None:
    form = site.form()
    start = multipart([*form.items(), ("message", "")]).removesuffix(f"\r\n--{BOUNDARY}--\r\n".encode())
    socket = Socket(iter([start, *repeated(50 * MIB)]))
    answer = call(site.app, socket, 50 * MIB, circuit=site.circuit)
    assert answer.status == 413
    assert "Your text is too long for this field." in answer.text
    assert socket.given <= 512 * 1024


def test_a_codename_of_200_mb_on_the_return_page_is_refused_before_it_is_read(site: Site) -> None:
    socket = Socket(repeated(200 * MIB))
    answer = call(site.app, socket, 200 * MIB, path=at("box.come_back"), circuit=site.circuit)
    assert (answer.status, socket.given) == (413, 0)
    assert is_short_page(answer)


def test_of_a_body_that_is_declared_too_large_the_text_is_kept_and_no_file_is_read(site: Site) -> None:
    start = filled(site, ("file", "a.bin", b"")).removesuffix(f"\r\n--{BOUNDARY}--\r\n".encode())
    socket = Socket(iter([start, *repeated(100 * MIB)]))
    answer = call(site.app, socket, 3 * 1024 * MIB, circuit=site.circuit)
    assert answer.status == 413
    assert socket.given <= 64 * 1024
    assert "Your message is, so do not send it again." in answer.text
    assert [row.message for row in site.rows()] == [b"Hello"]


def test_a_body_that_is_declared_too_large_and_has_no_text_gives_the_form_back(site: Site) -> None:
    start = filled(site, ("file", "a.bin", b""), message="").removesuffix(f"\r\n--{BOUNDARY}--\r\n".encode())
    socket = Socket(iter([start, *repeated(100 * MIB)]))
    answer = call(site.app, socket, 100 * MIB, circuit=site.circuit)
    assert (answer.status, socket.given <= 64 * 1024) == (413, True)
    assert "more than we can take" in answer.text
    assert nothing_is_stored(site)


@pytest.mark.parametrize("path", [at("report.write"), at("box.add")])
def test_a_body_that_is_declared_too_large_and_is_no_form_is_read_no_further_than_a_form_would_be(
    site: Site, path: str
) -> None:
    junk = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="consent"\r\n\r\nleads\r\n--{BOUNDARY}--'.encode()
    socket = Socket(iter([junk, *repeated(100 * MIB)]))
    answer = call(site.app, socket, 100 * MIB, path=path, circuit=site.circuit)
    assert answer.status == 413
    assert socket.given <= 704 * 1024
    assert nothing_is_stored(site)


def test_a_body_without_a_length_is_refused_at_the_limit(site: Site) -> None:
    start = filled(site, ("file", "a.bin", b"")).removesuffix(f"\r\n--{BOUNDARY}--\r\n".encode())
    socket = Socket(iter([start, *repeated(100 * MIB)]))
    answer = call(site.app, socket, None, circuit=site.circuit)
    assert answer.status == 413
    assert socket.given <= 66 * MIB
    assert [row.message for row in site.rows()] == [b"Hello"]


def test_a_body_without_a_length_that_keeps_to_the_limits_is_taken(site: Site) -> None:
    assert send(site, filled(site, ("file", "a.bin", b"x" * 200_000)), None).status == 200
    assert len(site.rows()) == 2


def test_a_post_without_any_body_is_refused(site: Site) -> None:
    assert send(site, b"", 0).status == 400


@pytest.mark.parametrize("length", ["-1", "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(site: Site, length: str) -> None:
    assert send(site, filled(site), CONTENT_LENGTH=length).status == 400
    assert nothing_is_stored(site)


def test_too_many_files_are_refused_and_the_text_and_those_before_are_kept(site: Site) -> None:
    answer = send(site, filled(site, *[("file", f"{n}.txt", b"x") for n in range(51)]))
    assert answer.status == 413
    assert "too many files" in answer.text
    assert [row.message for row in site.rows()] == [b"Hello"] + [None] * 50
    assert "50.txt" not in answer.text.split('<ul class="list">')[1]


def test_fifty_files_are_not_too_many(site: Site) -> None:
    assert send(site, filled(site, *[("file", f"{n}.txt", b"x") for n in range(50)])).status == 200
    assert [row.files for row in site.rows()] == [[], *[[b"x"]] * 50]


def test_too_many_fields_are_refused(site: Site) -> None:
    answer = send(site, filled(site, *[("consent", "leads")] * 100))
    assert answer.status == 413
    assert nothing_is_stored(site)


def test_a_header_without_end_is_refused(site: Site) -> None:
    start = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'.encode()
    socket = Socket(iter([start, *repeated(20 * MIB)]))
    answer = call(site.app, socket, 20 * MIB, circuit=site.circuit)
    assert answer.status == 413
    assert socket.given <= 256 * 1024


# Broken.


def test_an_upload_that_is_cut_off_leaves_nothing_of_the_file_and_keeps_the_text(site: Site) -> None:
    body = filled(site, ("file", "a.bin", b"x" * 500_000))
    answer = call(site.app, Socket([body[:300_000]]), len(body), circuit=site.circuit)
    assert answer.status == 408
    assert [row.message for row in site.rows()] == [b"Hello"]
    assert not [path for path in (site.folder / "store" / "incoming").rglob("*") if path.is_file()]


def test_a_file_without_text_that_is_cut_off_leaves_nothing(site: Site) -> None:
    body = filled(site, ("file", "a.bin", b"x" * 500_000), message="")
    answer = call(site.app, Socket([body[:300_000]]), len(body), circuit=site.circuit)
    assert answer.status == 408
    assert is_short_page(answer)
    assert nothing_is_stored(site)


def test_a_text_that_is_cut_off_leaves_nothing(site: Site) -> None:
    body = filled(site, message="x" * 50_000)
    answer = call(site.app, Socket([body[:30_000]]), len(body), circuit=site.circuit)
    assert answer.status == 408
    assert nothing_is_stored(site)


def test_a_body_that_ends_early_but_as_declared_is_broken(site: Site) -> None:
    body = filled(site)[:-10]
    assert send(site, body).status == 400
    assert nothing_is_stored(site)


def test_a_connection_that_is_reset_in_the_middle_leaves_nothing(site: Site) -> None:
    body = filled(site)
    socket = Socket([body[:100]], error=ConnectionResetError(errno.ECONNRESET, "reset"))
    assert call(site.app, socket, len(body), circuit=site.circuit).status == 408
    assert nothing_is_stored(site)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        b"\r\n--" + BOUNDARY.encode() + b"\r\n",
        f"--{BOUNDARY}\r\n\r\nvalue\r\n--{BOUNDARY}--\r\n".encode(),
        f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nvalue\r\n--{BOUNDARY}--\r\n".encode(),
        f'--{BOUNDARY}\nContent-Disposition: form-data; name="token"\n\nvalue\n--{BOUNDARY}--\n'.encode(),
        multipart([("stranger", "x")]),
        multipart([("token", "x"), ("token", "x")]),
    ],
)
def test_a_broken_or_foreign_form_is_refused(site: Site, body: bytes) -> None:
    answer = send(site, body)
    assert answer.status == 400
    assert is_short_page(answer)
    assert nothing_is_stored(site)


@pytest.mark.parametrize("token", ["not a token", "AAAA", "", "é"])
@pytest.mark.parametrize("codename", ["x", "", "eight words that nobody ever wrote on paper"])
def test_a_form_that_is_none_of_ours_comes_back_fresh_with_its_text(site: Site, token: str, codename: str) -> None:
    sent = [("token", token), ("codename", codename), ("message", "A long text")]
    page = send(site, multipart(sent))
    assert page.status == 409
    assert "A long text</textarea>" in page.text
    assert nothing_is_stored(site)
    assert site.report("A long text", form=hidden_fields(page.text)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        f"--{BOUNDARY}--\r\n".encode(),
        multipart([("stranger", "a.txt", b"x")]),
        multipart([("message", "a.txt", b"Hello")]),
    ],
)
def test_a_form_without_any_of_our_fields_comes_back_fresh(site: Site, body: bytes) -> None:
    assert send(site, body).status == 409
    assert nothing_is_stored(site)


def test_a_field_after_a_file_is_refused(site: Site) -> None:
    assert send(site, filled(site, ("file", "a.txt", b"x"), ("message", "late"))).status == 400
    message, file = site.rows()  # what came first
    assert (message.message, file.files) == (b"Hello", [b"x"])


def test_a_file_in_a_field_for_text_is_refused(site: Site) -> None:
    assert send(site, filled(site, ("consent", "a.txt", b"x"))).status == 400


@pytest.mark.parametrize("consent", ["everybody", "", "leads\0"])
def test_a_consent_that_we_do_not_offer_is_refused(site: Site, consent: str) -> None:
    assert send(site, filled(site, ("consent", consent))).status == 400
    assert nothing_is_stored(site)


def test_a_codename_that_was_tampered_with_is_not_used(site: Site) -> None:
    form = site.form() | {"codename": "my own eight words that nobody ever drew"}
    page = send(site, multipart([*form.items(), ("message", "Hello")]))
    assert (page.status, "nobody ever drew" in page.text) == (409, False)
    assert nothing_is_stored(site)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "x" * 71,
        "multipart/form-data; boundary=é",
        "multipart/mixed; boundary=x",
    ],
)
@pytest.mark.parametrize("path", [at("report.write"), at("box.come_back"), at("box.add")])
def test_a_wrong_content_type_is_refused(site: Site, content_type: str, path: str) -> None:
    answer = send(site, b"message=Hello", path=path, CONTENT_TYPE=content_type)
    assert answer.status == 415
    assert is_short_page(answer)
    assert nothing_is_stored(site)


@pytest.mark.parametrize("message", [b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", b"caf\xe9"])
def test_nul_bytes_and_invalid_utf8_are_refused(site: Site, message: bytes) -> None:
    body = multipart([*site.form().items(), ("message", message)])
    answer = send(site, body)
    assert answer.status == 400
    assert "signs in it that are no text" in answer.text
    assert nothing_is_stored(site)


def test_a_file_name_that_is_not_utf8_is_refused(site: Site) -> None:
    body = filled(site, ("file", "NAME", b"x")).replace(b"NAME", b"\xff\xfe.txt")
    assert send(site, body).status == 400


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(end=st.floats(0, 1), piece=st.integers(1, 9_000))
def test_a_form_cut_anywhere_in_pieces_of_any_size_is_stored_whole_or_not(site: Site, end: float, piece: int) -> None:
    site.take_new_circuit()
    before = site.store.count()
    body = filled(site, ("file", "a.bin", b"-" * 5_000 + f"\r\n--{BOUNDARY[:-1]}".encode() + b"\r" * 100))
    cut = body[: round(len(body) * end)]
    pieces = [cut[start : start + piece] for start in range(0, len(cut), piece)]
    status = call(site.app, Socket(pieces, short_reads=True), len(body), circuit=site.circuit).status
    whole = cut == body
    assert status == (200 if whole else 408)
    file_is_whole = len(cut) >= len(body) - len("--\r\n")
    assert site.store.count() - before in ({2} if file_is_whole else {0, 1})


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=40)), min_size=1, max_size=4))
def test_a_form_damaged_anywhere_is_answered_and_never_an_error_of_ours(
    site: Site, changes: list[tuple[float, int, bytes]]
) -> None:
    site.take_new_circuit()
    body = filled(site, ("consent", "lawyer"), ("sealed", "", b""), ("file", "a.bin", b"content"))
    for place, removed, added in changes:
        at = round(len(body) * place)
        body = body[:at] + added + body[at + removed :]
    before = site.store.count()
    answer = send(site, body)
    assert answer.status in {200, 400, 403, 408, 409, 413, 415, 422}
    assert site.store.count() - before <= 2
    assert "Traceback" not in answer.text


# Trouble with the store.


def test_a_disk_that_is_full_before_the_text_is_written_stores_nothing(site: Site) -> None:
    body = filled(site)
    with files_at_most(64 * 1024):
        answer = send(site, body)
    assert answer.status == 507
    assert "no room" in answer.text
    assert "Hello</textarea>" in answer.text
    assert nothing_is_stored(site)


def test_a_disk_that_fills_while_a_file_comes_in_keeps_the_text(site: Site) -> None:
    body = filled(site, ("file", "a.bin", b"x" * 4 * MIB))
    with files_at_most(MIB):
        answer = send(site, body)
    assert answer.status == 507
    assert "Your message is" in answer.text
    assert [row.message for row in site.rows()] == [b"Hello"]


def database(folder: Path) -> Path:
    return folder / "store" / "current" / "khomo.db"


def test_a_locked_database_gives_a_page_and_nothing_is_stored(make_site: Callable[..., Site]) -> None:
    site = make_site(settings=StoreSettings(free_floor_bytes=0, busy_seconds=0.1))
    body = filled(site)
    with closing(sqlite3.connect(database(site.folder), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = send(site, body)
        returned = site.post(at("box.come_back"), [("codename", site_words(site))])
        assert site.get("/").status_code == 200
    assert answer.status == 503
    assert returned.status_code == 503
    assert "busy" in answer.text
    assert nothing_is_stored(site)
    assert send(site, body).status == 200


def site_words(site: Site) -> str:
    return site.form()["codename"]


def test_a_store_that_is_broken_gives_a_page_that_tells_nothing(site: Site) -> None:
    body = filled(site)
    (site.folder / "store" / "current").unlink()
    (site.folder / "store" / "current").symlink_to("/nowhere")
    answer = send(site, body)
    assert answer.status == 500
    assert "nowhere" not in answer.text
    assert "Hello</textarea>" in answer.text


def test_an_answer_that_is_cut_off_after_the_commit_does_not_make_two_reports(site: Site) -> None:
    body = filled(site, ("file", "a.bin", b"x"))
    assert send(site, body).status == 200  # never read by the source
    again = send(site, body)
    assert again.status == 200
    assert "We have it" in again.text
    assert len(site.rows()) == 2


def test_pages_that_do_not_exist_and_methods_that_do_not_fit_get_short_pages(site: Site) -> None:
    assert is_short_page(site.get("/no/such/page?q=%00"))
    assert site.get("/no/such/page").status_code == 404
    assert site.post("/", []).status_code == 405
    assert site.get(at("box.leave")).status_code == 405
    assert site.get(at("box.add")).status_code == 405


def test_a_circuit_that_asks_too_often_gets_a_page_that_says_so(site: Site) -> None:
    answers = [site.get(at("pages.about")) for _ in range(125)]
    assert answers[-1].status_code == 429
    assert "Too many requests came on your line." in answers[-1].text


def test_an_error_of_ours_is_logged_without_a_word_of_the_request(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ValueError("with the secret in its message")

    monkeypatch.setattr("intake.source.report.read_draft", fail)
    answer = send(site, filled(site, message="a secret text"))
    assert answer.status == 500
    assert is_short_page(answer)
    assert "secret" not in caplog.text
    assert "ValueError" in caplog.text
