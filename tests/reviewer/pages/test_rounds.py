"""A round on pages, from stick to stick, as a person does it."""

from __future__ import annotations

import re
from threading import Event
from typing import TYPE_CHECKING

import pytest
from click import Option
from sqlalchemy import insert

from keys.sealing.submission import new_report_id
from reviewer.case_commands import list_command, triage
from reviewer.letter_commands import reply
from reviewer.likeness.merging import merge
from reviewer.pages import limits
from reviewer.pages.desk import Work
from reviewer.vault.rows import CaseRow
from tests.reviewer.organisation import Source, answered

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from reviewer.pages.desk import Desk
    from tests.reviewer.organisation import Organisation
    from tests.reviewer.pages.conftest import Browser

ARABIC = "يُلقون النفايات في النهر كل ليلة."


def test_a_round_from_stick_to_stick(browser: Browser, org: Organisation, stick: Path) -> None:
    source, report = Source(), new_report_id()
    org.report(
        "They dump waste in the river.",
        mailbox=source.slip,
        report=report,
        answers=answered(where="bridge", danger="yes"),
    )
    org.report(files=[("photo.jpg", b"\xff\xd8 a picture")], mailbox=source.slip, report=report)
    org.report(ARABIC, language="ar")
    bundle = org.bundle(stick / "khomo-to-desk-00000000-000001.bundle")
    browser.unlock()
    assert "No bundle has been imported yet." in browser.text

    browser.send("/import", typed_path=str(stick))
    assert bundle.name in browser.text
    browser.send("/import", path=str(bundle))
    assert "Opened: 3. Decoys: 0." in browser.wait()

    browser.go("/")
    assert "Cases: 2 unread, 1 with danger." in browser.text
    browser.go("/cases/all")
    case = re.findall(r'href="(/case/\d)"', browser.page)[0]
    assert ARABIC in browser.text

    browser.go(case)
    assert "The source says that somebody is in danger." in browser.text, "danger is first"
    assert "About where? bridge" in browser.text
    assert "may be seen by the coalition's leads" in browser.text, "consent in words"
    assert "photo.jpg" in browser.text
    browser.go("/cases/unread")
    assert "1 case" in browser.text, "who opens a case has read it"

    browser.go(case)
    browser.send(f"{case}/judge", severity="danger", category="COR-01", add_labels="water\nriver")
    assert "Changed: category, label river, label water." in browser.text
    browser.send(f"{case}/note", note="check the dates")
    assert "amina" in browser.text
    assert "check the dates" in browser.text
    browser.send(f"{case}/letter", text="Thank you.\r\nWhen was it?", question="1")
    assert "What the source of case" in browser.text
    assert "bytes of text" in browser.text
    browser.send(f"{case}/letter", text="Thank you.\r\nWhen was it?", question="1", yes="1")
    assert "Written. It leaves with the next outbox." in browser.text

    (stick / "saved").mkdir()
    browser.send(f"{case}/save", file="1", folder=str(stick / "saved"))
    assert (stick / "saved" / "photo.jpg").read_bytes() == b"\xff\xd8 a picture"

    browser.go(f"{case}/history")
    assert "question" in browser.text
    assert "check the dates" in browser.text

    browser.go("/")
    browser.send("/outbox", typed_folder=str(stick))
    assert "For the server: bundle 1" in browser.wait()
    written = org.read_desk_bundle(next(stick.glob("khomo-to-server-*")))
    assert "When was it?" in source.read(written, org).entries[-1].text


@pytest.fixture
def one_case(browser: Browser, org: Organisation, stick: Path) -> str:
    """The address of a case with a mailbox and a file."""
    source, report = Source(), new_report_id()
    org.report("They dump waste.", mailbox=source.slip, report=report, answers=answered(danger="yes"))
    org.report(files=[("photo.jpg", b"\xff\xd8 a picture")], mailbox=source.slip, report=report)
    browser.unlock()
    browser.send("/import", path=str(org.bundle(stick / "one.bundle")))
    browser.wait()
    browser.go("/case/1")
    return "/case/1"


def test_a_letter_is_begun_from_a_template_and_stopped_by_what_endangers(browser: Browser, one_case: str) -> None:
    case = one_case
    browser.send(f"{case}/template", template="received", language="ar")
    assert "ar: no native speaker has read it yet" in browser.text
    assert re.search(r'<textarea id="text"[^>]*>\s*[\u0600-\u06ff]', browser.page), (
        "in its field, to be read and changed"
    )
    browser.send(f"{case}/letter", text="Call Amal on 2026-11-03 at photo.jpg", question="")
    assert "This is an exact day." in browser.text
    browser.send(f"{case}/letter", yes="1")
    assert "This letter holds what may endanger somebody: day, file-name." in browser.text
    browser.send(f"{case}/letter", yes="1", despite=["day", "file-name", "nonsense"])
    assert "Written." in browser.text
    browser.go(f"{case}/letter")
    assert "Call Amal" in browser.text
    browser.send(f"{case}/unsend")
    browser.go(f"{case}/letter")
    assert "Call Amal" not in browser.text


def test_what_is_decided_can_be_set_back(browser: Browser, one_case: str) -> None:
    case = one_case
    browser.send(
        f"{case}/judge", add_people="accused N. Kilonda\nwitness The baker", done_care="safe-now", when="2026-10"
    )
    assert "Changed: accused N. Kilonda, care safe-now, when, when precision, witness The baker." in browser.text
    browser.send(f"{case}/undo")
    assert "Set back:" in browser.text
    browser.send(f"{case}/judge", add_people="king N. Kilonda")
    assert browser.status == 409
    assert "person: " in browser.text


def test_a_bundle_out_of_order_is_confirmed_only_by_whoever_asked(
    browser: Browser, org: Organisation, stick: Path
) -> None:
    org.report("First.")
    org.bundle(stick / "lost.bundle")
    second = org.bundle(stick / "second.bundle")
    browser.unlock()
    browser.send("/import", path=str(second))
    assert "--confirm" in browser.wait()
    browser.send("/import", path=str(second), confirm="on")
    assert "Opened: 1." in browser.wait()
    browser.go("/")
    browser.send("/import", path=str(second))
    assert "was taken in before" in browser.wait()


def test_what_is_not_there_is_told_in_words(browser: Browser) -> None:
    browser.unlock()
    for action, values, said in (
        ("/import", {}, "No path was given. Choose one, or type it."),
        ("/import", {"typed_path": "/nowhere/at.bundle"}, "is not there"),
        ("/import", {"typed_path": "~nobody-at-all/x"}, "That is no path."),
        ("/import", {"typed_path": "/tmp/\0"}, "That is no path."),
        ("/import", {"typed_path": "/dev/zero"}, "/dev/zero is no file."),
        ("/outbox", {"typed_folder": "/nowhere"}, "/nowhere is not a folder. Mount the stick and name its folder."),
    ):
        browser.send(action, follow=True, headers=None, **values)
        assert said in browser.wait()
        browser.go("/")
        assert browser.status == 200


def test_a_lost_outbox_is_copied_once_more(browser: Browser, org: Organisation, stick: Path) -> None:
    browser.unlock()
    browser.send("/outbox", typed_folder=str(stick))
    browser.wait()
    names = sorted(path.name for path in stick.iterdir())
    (other := stick / "other").mkdir()
    browser.go("/")
    browser.send("/outbox", typed_folder=str(other), again="on")
    browser.wait()
    assert sorted(path.name for path in other.iterdir()) == names


def test_no_page_is_shown_beside_a_long_work(
    browser: Browser, pages_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAIT_SECONDS", 0.01)
    browser.unlock()
    held, go_on = Event(), Event()

    def act(progress: object) -> list[str]:
        held.set()
        go_on.wait(30)
        return ["It has ended."]

    pages_desk.begin(work := Work("Importing", 10), act)
    assert held.wait(30)
    browser.go("/cases/all")
    assert browser.status == 303
    browser.go("/working")
    assert browser.headers["Refresh"] == "2"
    browser.send("/lock", follow=True)
    assert "Work goes on that had begun before." in browser.text
    assert pages_desk.is_busy
    browser.unlock()
    assert browser.status == 409
    go_on.set()
    assert work.ended.wait(30)
    browser.unlock()
    assert browser.status == 200


def test_rows_that_are_no_case_have_pages_too(browser: Browser, org: Organisation, stick: Path) -> None:
    org.accept(b"damaged")
    org.decoy(mailbox=Source().slip)
    browser.unlock()
    browser.send("/import", path=str(org.bundle(stick / "rows.bundle")))
    browser.wait()
    browser.go("/rows/sealed")
    assert "damaged" in browser.text
    browser.go("/rows/decoys")
    assert "decoy" in browser.text
    browser.go("/rows/opened")
    assert browser.status == 404


def test_a_case_that_is_merged_follows_what_is_decided(browser: Browser, one_case: str, pages_desk: Desk) -> None:
    with pages_desk.vault.change() as change:
        for number in (2, 3):
            change.rows.execute(insert(CaseRow), {**_row(change.rows, 1), "id": number, **_ids(number)})
        merge(change, [2, 3], 1)
    browser.go(one_case)
    assert "Merged into it:" in browser.text
    browser.send(f"{one_case}/judge", disposition="spam")
    assert "Cases that are merged into it followed: 2, 3." in browser.text


def _row(rows: Session, number: int) -> dict[str, object]:
    case = rows.get_one(CaseRow, number)
    return {column.key: getattr(case, column.key) for column in CaseRow.__table__.columns}


def _ids(number: int) -> dict[str, bytes]:
    return {"report": number.to_bytes(16), "public_id": number.to_bytes(16)}


def test_every_option_of_the_commands_has_a_field(browser: Browser, one_case: str) -> None:
    """What a command can, a page can; what is left out stands elsewhere on the page, or is said by it."""
    for command, page, apart in (
        (triage, one_case, {"note_file", "yes", "undo", "as_json"}),
        (list_command, "/cases/all", {"page", "sealed", "decoys", "as_json"}),
        (reply, one_case, {"file", "edit", "despite", "yes"}),
    ):
        browser.go(page)
        options = {one.name for one in command.params if isinstance(one, Option)}
        missing = {name for name in options - apart if f'name="{name}"' not in browser.page}
        assert missing == {"vault_folder", "reviewer", "passphrase_file"}
