from __future__ import annotations

import io
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from intake.store import StoreSettings
from keys.sealing.age import (
    HYBRID_HEADER_BYTES,
    ArmorWriter,
    HybridIdentity,
    Recipient,
    ScryptRecipient,
    X25519Identity,
    seal,
)
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.errors import FormatError
from keys.sealing.letter import read_letter
from keys.sealing.row_check import check_row
from keys.sealing.submission import Audience, Lane, Part
from tests.intake.source.conftest import codename_of, hidden_fields, multipart, texts
from tests.intake.source.raw import Socket, call
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intake.source.conftest import Site


def test_a_whole_first_report_takes_three_page_loads(site: Site) -> None:
    assert site.get("/").status_code == 200
    form = site.form()
    receipt = site.report("They took the files away.", form=form)
    assert receipt.status_code == 200
    assert "We have it" in receipt.text
    (row,) = site.rows()
    assert row.message == b"They took the files away."


def test_the_words_on_the_form_are_the_words_in_the_form_and_on_the_receipt(site: Site) -> None:
    page = site.get(at("report.write")).text
    words = codename_of(page)
    assert len(words.split()) == 8
    assert hidden_fields(page)["codename"] == words
    assert codename_of(site.report(form=hidden_fields(page)).text) == words


def test_every_form_has_words_of_its_own(site: Site) -> None:
    assert site.form()["codename"] != site.form()["codename"]


def test_the_receipt_says_what_was_received_when_to_come_back_and_that_it_is_sealed(site: Site) -> None:
    page = texts(site.report("Hello", ("file", "a photo.jpg", b"x" * 20_000), ("file", "", b"")).text)
    assert "your message" in page
    assert "a photo.jpg (20 kB)" in page
    assert "every Monday and Thursday" in page


def test_the_text_and_every_file_are_rows_of_one_report(site: Site) -> None:
    site.report("Hello", ("file", "a.pdf", b"one"), ("file", "b.pdf", b"two"))
    message, one, two = site.rows()
    assert [row.submission.part for row in (message, one, two)] == [Part.MESSAGE, Part.FILES, Part.FILES]
    assert message.submission.report == one.submission.report == two.submission.report
    assert message.submission.lane == one.submission.lane == two.submission.lane == Lane.ARRIVAL
    assert sorted([*one.files, *two.files]) == [b"one", b"two"]


def test_every_row_passes_the_check_from_outside(site: Site) -> None:
    site.report("Hello", ("file", "a.pdf", b"x" * 300_000))
    for stored in site.store.unacknowledged():
        with site.store.open_blob(stored.id) as blob:
            check_row(blob.read(HYBRID_HEADER_BYTES), blob.seek(0, io.SEEK_END))


def test_files_without_text_are_one_row(site: Site) -> None:
    site.report(" \r\n ", ("file", "a.pdf", b"one"))
    (row,) = site.rows()
    assert row.message is None
    assert row.files == [b"one"]


def test_line_ends_of_the_form_become_single_ones(site: Site) -> None:
    site.report("one\r\ntwo")
    assert site.rows()[0].message == b"one\ntwo"


@pytest.mark.parametrize("name", ["صورة.jpg", "../../etc/passwd", "evil\u202egpj.exe", 'a"b.txt', "x" * 300 + ".odt"])
def test_strange_file_names_are_kept_inside_and_made_safe_outside(site: Site, name: str) -> None:
    sent = name.replace('"', "%22")
    assert site.report("Hello", ("file", sent, b"content")).status_code == 200
    (file,) = site.rows()[1].submission.files
    assert file.original_name == name
    assert "/" not in file.member.removeprefix("files/")


def test_an_empty_file_is_a_file(site: Site) -> None:
    assert "empty.txt" in site.report("", ("file", "empty.txt", b"")).text
    assert site.rows()[0].files == [b""]


def test_a_file_without_a_name_is_a_file(site: Site) -> None:
    assert site.report("", ("file", "", b"content")).status_code == 200
    assert site.rows()[0].files == [b"content"]


def test_consent_is_for_leads_only_unless_the_source_says_otherwise(site: Site) -> None:
    assert 'value="leads" checked' in site.get(at("report.write")).text
    assert site.get(at("report.write")).text.count("checked") == 1
    site.report("Hello")
    assert site.rows()[0].submission.consent.may_see == {Audience.LEADS}
    assert not site.rows()[0].submission.consent.originals


def test_consent_can_be_wider_or_narrower(site: Site) -> None:
    site.report("Hello", ("consent", "journalist"), ("originals", "yes"))
    consent = site.rows()[0].submission.consent
    assert consent.may_see == {Audience.LEADS, Audience.JOURNALIST}
    assert consent.originals
    site.post(at("report.write"), [*site.form().items(), ("message", "for the desk only")])
    assert frozenset() in [row.submission.consent.may_see for row in site.rows()]


def test_a_mailbox_with_a_filler_letter_comes_with_the_report(site: Site) -> None:
    form = site.form()
    site.report("Hello", form=form)
    bundle = site.world.bundle()
    keys = MailboxKeys.derive(WordList.load().read(form["codename"]), bundle.salt)
    sealed = site.store.letter(keys.address)
    assert sealed is not None
    assert read_letter(sealed, keys.identity, keys.address, bundle.desk_keys, bundle.servers).number == 0
    slip = site.rows()[0].submission.mailbox
    assert slip is not None
    assert slip.address == keys.address
    assert slip.recipient == str(keys.identity.recipient())


def test_nothing_about_the_source_is_in_the_row_but_language_and_lane(site: Site) -> None:
    site.report("Hello")
    submission = site.rows()[0].submission
    assert submission.language == "en"
    assert submission.answers == {}


# The same form again.


def test_the_same_form_twice_is_one_report(site: Site) -> None:
    form = site.form()
    first = site.report("Hello", ("file", "a.pdf", b"one"), form=form)
    again = site.report("Hello", ("file", "a.pdf", b"one"), form=form)
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert len(site.rows()) == 2


def test_the_same_form_with_other_content_is_another_row(site: Site) -> None:
    form = site.form()
    site.report("Hello", form=form)
    site.report("Hello, corrected", form=form)
    assert {row.message for row in site.rows()} == {b"Hello", b"Hello, corrected"}
    assert len({row.submission.report for row in site.rows()}) == 1


def test_an_expired_form_comes_back_with_the_text_in_it_and_a_fresh_token(site: Site) -> None:
    form = site.form()
    site.clock.pass_by(hours=12)
    page = site.report("A <b>long</b> night of writing", ("consent", "lawyer"), ("file", "a.pdf", b"one"), form=form)
    assert page.status_code == 409
    assert site.rows() == []
    assert "Your text is still here." in page.text
    assert "A &lt;b&gt;long&lt;/b&gt; night of writing</textarea>" in page.text
    assert 'value="lawyer" checked' in page.text
    renewed = hidden_fields(page.text)
    assert renewed["codename"] == form["codename"]
    assert site.report("A <b>long</b> night of writing", form=renewed).status_code == 200


def test_a_form_from_before_a_restart_is_taken_and_is_still_the_same_report(make_site: Callable[..., Site]) -> None:
    before = make_site()
    form = before.form()
    before.report("Hello", form=form)
    after = make_site()
    assert after.report("Hello", form=form).status_code == 200
    assert len(after.rows()) == 1


def test_a_form_that_nothing_was_written_into_comes_back(site: Site) -> None:
    page = site.report("", ("file", "", b""), ("sealed", "", b""))
    assert page.status_code == 422
    assert "There was nothing in the form." in page.text
    assert hidden_fields(page.text)["codename"]
    assert site.rows() == []


def test_a_text_that_is_too_long_comes_back_whole(site: Site) -> None:
    long = "é" * 50_001
    page = site.report(long)
    assert page.status_code == 413
    assert long in page.text
    assert site.rows() == []
    assert site.report("é" * 50_000).status_code == 200


# A file never costs the text.


def test_files_that_are_too_large_do_not_cost_the_text(site: Site) -> None:
    page = site.report("Hello", ("file", "a.bin", b"x" * (64 * 1024**2 + 1)))
    assert page.status_code == 413
    assert "We have a part of it" in page.text
    assert "Your files are not here. Your message is" in page.text
    assert codename_of(page.text)
    (row,) = site.rows()
    assert row.message == b"Hello"


def test_below_the_floor_text_goes_in_and_files_are_refused_before_they_are_read(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(settings=StoreSettings(free_floor_bytes=1 << 60))
    assert site.report("Hello", ("file", "", b"")).status_code == 200
    page = site.report("Hello again", ("file", "a.bin", b"x" * 100))
    assert page.status_code == 507
    assert "no room for files" in page.text
    assert len(site.rows()) == 2


def test_of_two_lanes_the_first_can_arrive_without_the_second(site: Site) -> None:
    page = site.report("", ("file", "a.pdf", b"one"), ("sealed", "b.age", b"not sealed at all"))
    assert page.status_code == 422
    assert "Not taken: b.age" in texts(page.text)
    (row,) = site.rows()
    assert row.files == [b"one"]


def test_a_broken_file_loses_only_itself(site: Site) -> None:
    content = seal(b"x", [site.world.epoch.recipient()])
    page = site.report(
        "Hello", ("sealed", "a.age", content), ("sealed", "b.age", b"not sealed" * 50_000), ("file", "c.pdf", b"three")
    )
    assert page.status_code == 422
    assert "Not taken: b.age" in texts(page.text)
    message, sealed, other = site.rows()
    assert (message.message, sealed.files, other.files) == (b"Hello", [content], [b"three"])


def test_files_before_one_that_breaks_off_are_safe(site: Site) -> None:
    files = [("file", "a.pdf", b"one"), ("file", "b.pdf", b"x" * 200_000)]
    body = multipart([*site.form().items(), ("message", "Hello"), *files])
    answer = call(site.app, Socket([body[:-100_000]]), len(body), path=at("report.write"), circuit=site.circuit)
    assert answer.status == 408
    assert "a.pdf" in answer.text
    assert "b.pdf" not in answer.text
    assert [row.files for row in site.rows()] == [[], [b"one"]]


def test_the_same_file_twice_in_a_form_is_one_row(site: Site) -> None:
    site.report("Hello", ("file", "a.pdf", b"one"), ("file", "a.pdf", b"one"))
    assert len(site.rows()) == 2


def test_a_row_that_would_not_pass_the_check_from_outside_is_not_taken(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_beginning: bytes, _size: int) -> None:
        raise FormatError("of no size class")

    monkeypatch.setattr("intake.source.reception.check_row", refuse)
    page = site.report("A long text")
    assert page.status_code == 500
    assert "A long text</textarea>" in page.text
    assert site.rows() == []


# Presealed files.


def test_a_presealed_file_gets_a_row_of_its_own_lane_as_it_came(site: Site) -> None:
    content = seal(b"a sealed secret" * 10_000, [site.world.epoch.recipient()])
    page = site.report("Hello", ("sealed", "sealed.age", content), ("file", "a.pdf", b"one"))
    assert page.status_code == 200
    message, sealed, files = site.rows()
    assert sealed.submission.lane is Lane.PRESEALED
    assert sealed.files == [content]
    assert message.submission.report == sealed.submission.report == files.submission.report


def test_a_presealed_file_may_be_armored(site: Site) -> None:
    armored = BytesIO()
    writer = ArmorWriter(armored.write)
    writer.write(seal(b"secret" * 50_000, [site.world.epoch.recipient()]))
    writer.finish()
    assert site.report("", ("sealed", "sealed.asc", armored.getvalue())).status_code == 200
    assert site.rows()[0].files == [armored.getvalue()]


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----\n"]
)
def test_a_presealed_file_that_is_none_gives_the_form_back(site: Site, content: bytes) -> None:
    page = site.report("", ("sealed", "sealed.age", content))
    assert page.status_code == 422
    assert "The sealed file is not sealed with age or OpenPGP in a way that we can open." in page.text
    assert site.rows() == []


def test_a_presealed_file_for_somebody_else_is_refused_as_far_as_that_shows(site: Site) -> None:
    strangers: list[tuple[Recipient, str]] = [
        (X25519Identity.generate().recipient(), "is not sealed for us"),
        (ScryptRecipient("a passphrase", log_n=1), "opens with a password"),
    ]
    for stranger, why in strangers:
        page = site.report("", ("sealed", "sealed.age", seal(b"x", [stranger])))
        assert page.status_code == 422
        assert why in page.text
    hidden = seal(b"x", [HybridIdentity.generate().recipient()])
    assert site.report("", ("sealed", "sealed.age", hidden)).status_code == 200  # that does not show


# Lanes.


def test_without_the_arrival_lane_the_form_takes_sealed_files_only(make_site: Callable[..., Site]) -> None:
    site = make_site("[lanes]\narrival = false\n")
    page = site.get(at("report.write")).text
    assert 'name="message"' not in page
    assert 'name="file"' not in page
    assert "only files that you have sealed" in texts(site.get("/").text)
    assert site.report("in the clear").status_code == 400
    content = seal(b"x", [site.world.epoch.recipient()])
    assert site.post(at("report.write"), [*site.form().items(), ("sealed", "a.age", content)]).status_code == 200
    assert [row.submission.lane for row in site.rows()] == [Lane.PRESEALED]


def test_a_lane_that_the_organisation_does_not_offer_is_off_whatever_the_operator_says(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(lanes=frozenset({"arrival"}))
    assert "sealed" not in site.get(at("report.write")).text.split("<form")[1]
    assert "sealed" not in site.get(at("pages.how_to")).text.split("</style>")[1]
    assert site.report("Hello", ("sealed", "a.age", b"x")).status_code == 400


def test_without_an_open_epoch_the_box_is_closed(site: Site) -> None:
    form = site.form()
    site.clock.pass_by(days=365 * 100)
    assert site.get(at("report.write")).status_code == 503
    assert site.get("/").status_code == 200
    assert "Seal a file yourself" not in site.get(at("pages.how_to")).text
    page = site.report("Hello", form=form)
    assert page.status_code == 409
    page = site.report("Hello", form=hidden_fields(page.text))
    assert page.status_code == 503
    assert "Hello</textarea>" in page.text
    assert site.rows() == []
    site.clock.pass_by(days=-365 * 100)
    assert site.report("Hello", form=form).status_code == 200
