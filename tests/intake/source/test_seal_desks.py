"""Where several desks receive: each has its key and its page, and a file must be sealed for the desk of its report."""

from __future__ import annotations

import html
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from intake.source.refusals import Reason
from intake.source.seal import AGE_SEAL, AGE_VERSION, GPG_LOOK, GPG_SEAL
from intake.source.words import REFUSALS
from keys.sealing.age import HybridIdentity, NoMatchError, open_sealed
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Desk
from keys.sealing.submission import Lane
from keys.sealing.submission_reader import read_submission
from tests.intake.source.conftest import hidden_fields, texts
from tests.intake.source.test_box import enter
from tests.intake.source.test_questions import FORM
from tests.intake.source.test_seal import run_gpg
from tests.intake.world import OPENPGP, at
from tests.keys.sealing.openpgp_forge import stored_bytes
from tests.stock_age import seal_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.test import TestResponse

    from tests.intake.source.conftest import Site

OURS, THEIRS = "for-the-desk.gpg", "for-somebody-else.gpg"
"""Sealed with real keys: of the main desk, and of the one that is outside here."""
OTHER = stored_bytes("keys/other.asc").decode()
NAME = "A desk outside"


@dataclass(frozen=True)
class Door:
    """A door with a desk outside, for reports about the organisation."""

    site: Site
    outside: HybridIdentity

    def report(self, about_us: str, name: str, sealed: bytes) -> TestResponse:
        answer = self.site.report("Hello", ("q_about_us", about_us), ("sealed", name, sealed))
        assert isinstance(answer.status_code, int)
        return answer  # type: ignore[no-any-return]  # the site's report says nothing of its type

    def sealed_files(self) -> list[tuple[str, bytes]]:
        """Return whose key opens each row with a sealed file, and the file."""
        found = []
        for stored in self.site.store.unacknowledged():
            for whose, identity in (("main", self.site.world.epoch), ("outside", self.outside)):
                with self.site.store.open_blob(stored.id) as blob:
                    try:
                        row = read_submission(blob, [identity])
                    except NoMatchError:
                        continue
                    found += [
                        (whose, row.open(file.member).read())
                        for file in row.submission.files
                        if row.submission.lane is Lane.PRESEALED
                    ]
        return found

    def page(self, endpoint: str, **values: str) -> str:
        answer = self.site.get(at(endpoint, **values))
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def make_door(make_site: Callable[..., Site], tmp_path: Path) -> Callable[..., Door]:
    def make(openpgp: str = OTHER) -> Door:
        (tmp_path / "form.toml").write_text(FORM)
        site = make_site('[form]\nfile = "form.toml"\n')
        outside, key = HybridIdentity.generate(), SigningKey.generate("desk-outside")
        services = site.app.extensions["khomo"]
        bundle = services.bundle
        epoch = replace(bundle.desks[0].epochs[0], id="outside-one", recipient=str(outside.recipient()))
        desk = Desk("outside", NAME, key.verify_key, (epoch,), openpgp=openpgp)
        both = replace(bundle, desks=(*bundle.desks, desk))
        services.mailboxes._bundle = lambda: both
        site.app.extensions["khomo"] = replace(services, current_bundle=lambda: both)
        return Door(site, outside)

    return make


@pytest.fixture
def door(make_door: Callable[..., Door]) -> Door:
    return make_door()


@pytest.fixture
def empty_home() -> Iterator[Path]:
    """A GnuPG that has never been used."""
    with tempfile.TemporaryDirectory(prefix="src-") as folder:
        yield Path(folder)


def lines_on(page: str) -> list[str]:
    return [html.unescape(line) for line in re.findall(r'<code dir="ltr">(.*?)</code>', page)]


# The pages.


@pytest.mark.parametrize("steps", ["seal.with_age", "seal.with_openpgp"])
def test_the_page_asks_first_for_which_desk_a_file_is_and_says_what_leads_there(door: Door, steps: str) -> None:
    page = door.page(steps)
    said = texts(page)
    assert "Main desk Every report goes to this desk, unless an answer that you give sends it to another desk." in said
    assert (
        f"{NAME} Your report goes to this desk if you choose this on our form: Is it about us? Yes / I do not know"
        in said
    )
    assert [f'href="{at(steps, number=number)}"' in page for number in ("1", "2")] == [True, True]
    assert "BEGIN PGP" not in page
    assert "age1pq1" not in page


def test_each_desk_has_a_page_with_its_name_its_key_its_fingerprint_and_its_lines(door: Door) -> None:
    pages = {number: door.page("seal.with_openpgp", number=number) for number in ("1", "2")}
    for number, name, key, file in (("1", "Main desk", OPENPGP, "key.asc"), ("2", NAME, OTHER, "key2.asc")):
        page = pages[number]
        (shown,) = re.findall(r'<textarea id="key"[^>]*>(.*?)</textarea>', page, re.DOTALL)
        assert html.unescape(shown) == key
        assert f"For a report that goes to {name} ." in texts(page)
        assert "Import this one only" in page
        assert lines_on(page) == [line.replace("key.asc", file) for line in (GPG_LOOK, GPG_SEAL)]
        kept = door.site.get(re.findall(rf'href="([^"]*/seal/{file})"', page)[0])
        assert (kept.text, kept.headers["Content-Disposition"]) == (key, f'attachment; filename="{file}"')
    fingerprints = [re.findall(r'translate="no">([0-9A-F ]{49})<', page) for page in pages.values()]
    assert len({one for (one,) in fingerprints}) == 2
    assert "key.asc" not in pages["2"]
    assert "key2.asc" not in pages["1"]


def test_each_desk_has_a_key_for_age_that_opens_what_its_line_seals(door: Door) -> None:
    page = door.page("seal.with_age", number="2")
    assert lines_on(page) == [AGE_VERSION, AGE_SEAL.replace("key.txt", "key2.txt")]
    assert "key.txt" not in page
    key = door.site.get(re.findall(r'href="([^"]*/seal/key2\.txt)"', page)[0]).text
    sealed = seal_for([key.strip()], b"the list")
    assert door.report("yes", "sealed.age", sealed).status_code == 200
    assert door.sealed_files() == [("outside", sealed)]
    assert open_sealed(sealed, [door.outside]).expose() == b"the list"


def test_the_line_of_a_desk_seals_for_that_desk_and_the_form_takes_it_for_its_reports_alone(
    door: Door, tmp_path: Path, empty_home: Path
) -> None:
    (tmp_path / "key2.asc").write_bytes(door.site.get(at("seal.openpgp_key", number="2")).data)
    (tmp_path / "myfile").write_bytes(b"who signed it")
    _look, line = lines_on(door.page("seal.with_openpgp", number="2"))
    run_gpg(line, tmp_path, empty_home)
    sealed = (tmp_path / "sealed.gpg").read_bytes()
    assert door.report("no", "sealed.gpg", sealed).status_code == 422
    assert door.report("yes", "sealed.gpg", sealed).status_code == 200
    assert door.sealed_files() == [("outside", sealed)]


@pytest.mark.parametrize(
    "path",
    ["key1.asc", "key3.asc", "key0.txt", "key3.txt", "age/0", "age/3", "openpgp/3", "openpgp/main", "key-2.asc"],
)
def test_a_desk_that_is_not_there_has_no_page_and_no_key(door: Door, path: str) -> None:
    assert door.site.get(f"{at('seal.seal')}/{path}").status_code == 404


def test_a_desk_without_a_key_for_openpgp_is_shown_with_what_its_sources_can_do(make_door: Callable[..., Door]) -> None:
    door = make_door(openpgp="")
    page = door.page("seal.with_openpgp")
    assert "This desk has no key for OpenPGP." in texts(page)
    assert f'href="{at("seal.with_age", number="2")}"' in page
    assert door.site.get(at("seal.with_openpgp", number="2")).status_code == 404
    assert door.site.get(at("seal.openpgp_key", number="2")).status_code == 404
    assert door.report("yes", OURS, stored_bytes(f"gpg/{OURS}")).status_code == 422
    assert door.sealed_files() == []


def test_where_one_desk_receives_no_page_speaks_of_desks(site: Site) -> None:
    for page in ("seal.with_age", "seal.with_openpgp"):
        said = texts(site.get(at(page)).text)
        assert "Main desk" not in said
        assert "Another desk" not in said
        assert "Seal a file with" in said


# What the server lets in.


@pytest.mark.parametrize(
    ("about_us", "right", "wrong"), [("no", OURS, THEIRS), ("yes", THEIRS, OURS), ("unknown", THEIRS, OURS)]
)
def test_a_file_is_taken_for_the_desk_of_its_report_and_refused_for_the_other(
    door: Door, about_us: str, right: str, wrong: str
) -> None:
    page = door.report(about_us, wrong, stored_bytes(f"gpg/{wrong}"))
    text = REFUSALS[Reason.SEALED_FOR_ANOTHER_DESK]
    assert page.status_code == text.status == 422
    with door.site.app.test_request_context():
        assert str(text.title) in texts(page.text)
        assert str(text.advice) in texts(page.text)
    assert door.sealed_files() == []
    assert door.report(about_us, right, stored_bytes(f"gpg/{right}")).status_code == 200
    assert door.sealed_files() == [("outside" if right == THEIRS else "main", stored_bytes(f"gpg/{right}"))]


@pytest.mark.parametrize("about_us", ["yes", "no"])
def test_a_file_for_two_desks_is_refused_as_one_of_them_must_not_open_it(door: Door, about_us: str) -> None:
    page = door.report(about_us, "for-two.gpg", stored_bytes("gpg/for-two.gpg"))
    with door.site.app.test_request_context():
        assert str(REFUSALS[Reason.SEALED_FOR_ANOTHER_DESK].title) in texts(page.text)
    assert door.sealed_files() == []


def test_what_is_added_to_a_report_must_be_for_the_desk_that_has_it(door: Door) -> None:
    form = door.site.form()
    assert door.site.report("Hello", ("q_about_us", "yes"), form=form).status_code == 200
    enter(door.site, form["codename"])
    token = ("token", hidden_fields(door.site.get(at("box.show")).text)["token"])
    wrong = door.site.post(at("box.add"), [token, ("sealed", OURS, stored_bytes(f"gpg/{OURS}"))])
    right = door.site.post(at("box.add"), [token, ("sealed", THEIRS, stored_bytes(f"gpg/{THEIRS}"))])
    assert (wrong.status_code, right.status_code) == (422, 303)
    assert door.sealed_files() == [("outside", stored_bytes(f"gpg/{THEIRS}"))]
