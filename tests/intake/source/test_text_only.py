"""While files cannot come in, the form says so first; text goes in, and the mode ends with its cause."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from intake.server.limits import UploadSlots
from intake.source.limits import LEAST_ROOM_BYTES
from intake.source.text_only import COUNTED_AS
from intake.store import Store, StoreBusy, StoreFull, StoreSettings, StoreUnusable
from keys.sealing.limits import MIB
from tests.intake.source.conftest import BOUNDARY, Site, hidden_fields, multipart, texts
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable

DAY_OVER = "We can take no more files today."
NO_SPACE = "We have no room for files right now."
NO_ROOM = "We have no room right now, not even for text."
PLACES_TAKEN = "Many files are coming in right now."
TOLD_EXACTLY = StoreSettings(free_floor_bytes=0, upkeep_bytes=0, step_bytes=1, step_seconds=0.0)
SMALL_DAY = replace(TOLD_EXACTLY, day_bytes=LEAST_ROOM_BYTES + 4 * MIB, day_text_bytes=2 * MIB)


def form_page(site: Site) -> str:
    """Load the form as a person does: by the link on the first page."""
    first = site.get("/", follow_redirects=True).text
    [path] = set(re.findall(r'href="([^"]*/write)"', first))
    return site.get(path).text


def has_file_fields(page: str) -> bool:
    return 'type="file"' in page


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What limits counted, in order."""
    kinds: list[str] = []
    monkeypatch.setattr("intake.source.text_only.note", lambda _environ, kind: kinds.append(kind))
    return kinds


def fill_the_day(site: Site) -> None:
    assert site.report("", ("file", "large.bin", b"x" * 3 * MIB)).status_code == 200


def test_the_form_says_it_when_the_day_has_brought_its_files(make_site: Callable[..., Site]) -> None:
    site = make_site(settings=SMALL_DAY)
    assert has_file_fields(form_page(site))
    fill_the_day(site)
    page = form_page(site)
    assert not has_file_fields(page)
    assert DAY_OVER in texts(page)
    assert "You can add the files tomorrow with your eight words." in texts(page)


def test_text_goes_in_when_the_day_is_over_and_files_are_refused_in_words(
    make_site: Callable[..., Site], counted: list[str]
) -> None:
    site = make_site(settings=SMALL_DAY)
    fill_the_day(site)
    before = len(site.rows())
    assert site.report("They are here tonight.").status_code == 200
    answer = site.report("And this is the proof.", ("file", "proof.jpg", b"x" * 20 * MIB))
    assert answer.status_code == 507
    assert DAY_OVER in texts(answer.text)
    assert "Your files are not here. Your message is" in texts(answer.text)
    new = [row.message for row in site.rows() if row.message is not None]
    assert sorted(new) == [b"And this is the proof.", b"They are here tonight."]
    assert len(site.rows()) == before + 2
    assert counted == ["files-day-over"]


def test_files_alone_are_refused_and_the_form_comes_back(make_site: Callable[..., Site], counted: list[str]) -> None:
    site = make_site(settings=SMALL_DAY)
    fill_the_day(site)
    form = hidden_fields(form_page(site))
    answer = site.report("", ("file", "proof.jpg", b"x" * 20 * MIB), form=form)
    assert answer.status_code == 507
    assert hidden_fields(answer.text)["codename"] == form["codename"]
    assert not has_file_fields(answer.text)
    assert counted == ["files-day-over"]


def test_the_mode_ends_by_itself_with_the_day(make_site: Callable[..., Site]) -> None:
    site = make_site(settings=SMALL_DAY)
    fill_the_day(site)
    site.clock.pass_by(days=1)
    assert has_file_fields(form_page(site))
    fill_the_day(site)


def test_a_restart_does_not_end_the_mode(make_site: Callable[..., Site]) -> None:
    fill_the_day(make_site(settings=SMALL_DAY))
    assert DAY_OVER in texts(form_page(make_site(settings=SMALL_DAY)))


def test_the_box_says_it_too(make_site: Callable[..., Site]) -> None:
    site = make_site(settings=SMALL_DAY)
    fill_the_day(site)
    sent = site.report("Hello", form=hidden_fields(form_page(site)))
    assert sent.status_code == 200
    words = " ".join(re.findall(r"<li>([a-z]+)</li>", sent.text.split('class="words"')[1].split("</ol>")[0]))
    entry = site.get(re.findall(r'href="([^"]*/return)"', sent.text)[0])
    [action] = re.findall(r'<form method="post" action="([^"]*/return)"', entry.text)
    box = site.get(site.post(action, [("codename", words)]).headers["Location"])
    assert DAY_OVER in texts(box.text)
    assert not has_file_fields(box.text)


def test_without_space_the_form_says_it_and_counts_what_it_refuses(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, counted: list[str]
) -> None:
    site = make_site(settings=TOLD_EXACTLY)
    monkeypatch.setattr(Store, "free_bytes", lambda _store: LEAST_ROOM_BYTES - 1)
    page = form_page(site)
    assert NO_SPACE in texts(page)
    assert not has_file_fields(page)
    answer = site.report("Hello", ("file", "a.bin", b"x" * 17 * MIB))
    assert (answer.status_code, len(site.rows())) == (507, 1)
    assert counted == ["files-no-space"]
    monkeypatch.undo()
    assert has_file_fields(form_page(site))


def fill_the_disk(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no more than what the night and the desk need."""
    kept = site.store.free_bytes() - site.store.room().for_text(site.store.settings)
    monkeypatch.setattr(Store, "free_bytes", lambda _store: kept)


@pytest.mark.parametrize("files", [[], [("file", "a.bin", b"x" * MIB)]], ids=["alone", "with a file"])
def test_a_text_without_room_is_told_as_that_and_comes_back(
    make_site: Callable[..., Site], counted: list[str], files: list[object]
) -> None:
    site = make_site(settings=TOLD_EXACTLY)
    form = site.form()
    with pytest.MonkeyPatch.context() as patch:
        fill_the_disk(site, patch)
        answer = site.report("The invoice was paid twice.", *files, form=form)
    assert (answer.status_code, len(site.store.rows())) == (507, 0)
    assert NO_ROOM in texts(answer.text)
    assert "We took nothing of this form, and all that you typed is still here." in texts(answer.text)
    assert NO_SPACE not in texts(answer.text)
    assert "The invoice was paid twice." in answer.text
    assert hidden_fields(answer.text)["codename"] == form["codename"]
    assert counted == ["text-no-space"]
    assert site.report("The invoice was paid twice.", form=form).status_code == 200


def test_a_disk_that_fills_under_a_text_is_told_as_that_too(
    site: Site, monkeypatch: pytest.MonkeyPatch, counted: list[str]
) -> None:
    def full(_commit: object) -> None:
        raise StoreFull("The disk of the store is full.")

    monkeypatch.setattr(site.store, "commit", full)
    answer = site.report("The invoice was paid twice.")
    assert answer.status_code == 507
    assert NO_ROOM in texts(answer.text)
    assert counted == ["text-no-space"]


def test_the_form_says_before_one_writes_that_nothing_goes_in(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(settings=TOLD_EXACTLY)
    assert NO_ROOM not in texts(form_page(site))
    fill_the_disk(site, monkeypatch)
    page = form_page(site)
    assert NO_ROOM in texts(page)
    assert "Write your text in a safe place of your own, and send it tomorrow." in texts(page)
    assert not has_file_fields(page)


def test_a_flood_of_texts_shuts_no_day_but_its_own(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, counted: list[str]
) -> None:
    site = make_site(settings=TOLD_EXACTLY)
    begun = site.store.free_bytes() - site.store.room().for_text(site.store.settings) + 3 * MIB
    monkeypatch.setattr(Store, "free_bytes", lambda store: begun - sum(row.size for row in store.rows()))
    sent = 0
    while site.report("x").status_code == 200:
        site.take_new_circuit()
        sent += 1
    assert 3 <= sent <= 12
    assert counted == ["text-no-space"]
    site.clock.pass_by(days=1)
    site.take_new_circuit()
    assert site.report("The invoice was paid twice.").status_code == 200


def test_while_every_place_for_files_is_taken_the_form_advises_and_keeps_its_fields(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UploadSlots, "takes_uploads", property(lambda _slots: False))
    page = form_page(site)
    assert PLACES_TAKEN in texts(page)
    assert "Send your text first." in texts(page)
    assert has_file_fields(page)
    monkeypatch.undo()
    assert PLACES_TAKEN not in texts(form_page(site))


def test_a_store_that_cannot_be_looked_at_hides_no_form(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_store: Store) -> int:
        raise StoreUnusable("The store's disk answered EIO.")

    monkeypatch.setattr(Store, "free_bytes", fail)
    assert has_file_fields(form_page(site))


def test_reasons_that_are_counted_are_those_of_room_and_of_a_store_that_is_held() -> None:
    assert sorted(reason.name for reason in COUNTED_AS) == ["BUSY", "DAY_OVER", "FULL", "NO_ROOM"]


def test_a_store_that_is_held_while_words_are_tried_is_counted_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_store: Store, _address: object) -> None:
        raise StoreBusy("Another process holds the store.", "Wait.")

    monkeypatch.setattr(Store, "letter", held)
    counted: list[str] = []
    seen = {"REMOTE_ADDR": site.circuit, "khomo.note": counted.append}
    body, form = multipart([("codename", "two words")]), f"multipart/form-data; boundary={BOUNDARY}"
    answer = site.browser.post(at("box.enter"), data=body, content_type=form, environ_base=seen)
    assert answer.status_code == 503
    assert counted == ["store-busy"]


def test_a_door_for_sealed_files_alone_does_not_advise_to_send_text(make_site: Callable[..., Site]) -> None:
    site = make_site(lanes=frozenset({"presealed"}), settings=StoreSettings(free_floor_bytes=0, day_bytes=MIB))
    page = form_page(site)
    assert DAY_OVER in texts(page)
    assert "Send your text" not in texts(page)
    assert not has_file_fields(page)
