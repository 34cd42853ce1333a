"""Files that a source seals: the steps on the pages, done as they stand there, and what the server lets in."""

from __future__ import annotations

import html
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.source.presealed import DeskKeys, check_head
from intake.source.refusals import Reason, Refusal
from intake.source.seal import AGE_KEY_FILE, AGE_SEAL, AGE_VERSION, GPG_LOOK, GPG_SEAL, OPENPGP_KEY_FILE
from intake.source.words import FORM_BACK, REFUSALS
from keys.sealing.openpgp_packets import read_public_key
from keys.sealing.submission import Lane
from reviewer.row_opening import Keys, Opened, open_row
from reviewer.sandbox.openpgp import OpenPgpSecret
from reviewer.vault.attachments import AttachmentStore
from tests.intake.source.conftest import texts
from tests.intake.world import OPENPGP, at
from tests.keys.sealing.openpgp_forge import FOLDER, stored_bytes
from tests.stock_age import seal_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.intake.source.conftest import Site

KEYS = DeskKeys((read_public_key(OPENPGP),))
CONTENT = b"who signed it, and when\n" * 4000
ME = "Somebody Who Reports"


def lines_on(site: Site, page: str) -> list[str]:
    """Return the lines that a page tells people to type."""
    shown = re.findall(r'<code dir="ltr">(.*?)</code>', site.get(at(page)).text)
    return [html.unescape(line) for line in shown]


@pytest.fixture
def machine(site: Site, tmp_path: Path) -> Path:
    """A source's folder: the file, and our keys as the pages send them."""
    folder = tmp_path / "machine"
    folder.mkdir()
    (folder / "myfile").write_bytes(CONTENT)
    for route, name in (("seal.age_key", AGE_KEY_FILE), ("seal.openpgp_key", OPENPGP_KEY_FILE)):
        (folder / name).write_bytes(site.get(at(route)).data)
    return folder


@pytest.fixture
def home() -> Iterator[Path]:
    """A source's GnuPG with a key of its own, set to seal everything for itself too, and to sign."""
    with tempfile.TemporaryDirectory(prefix="src-") as folder:
        free = ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        command = ["gpg", "--homedir", folder, *free, "--quick-generate-key", ME, "future-default", "default", "never"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        settings = ["encrypt-to", "hidden-encrypt-to"]
        (Path(folder) / "gpg.conf").write_text(
            "".join(f'{one} "{ME}"\n' for one in settings) + "default-recipient-self\nthrow-keyids\narmor\n"
        )
        yield Path(folder)
        subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=True)


def run_gpg(line: str, folder: Path, home: Path) -> bytes:
    program, *arguments = line.split()
    assert program == "gpg"
    command = ["gpg", "--batch", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={"GNUPGHOME": str(home), "PATH": "/usr/bin:/bin"}, capture_output=True, timeout=60,
        check=True,
    )  # fmt: skip
    return done.stdout


def run_age(line: str, folder: Path) -> None:
    """Do what a line for age says with the implementation of its makers for JavaScript."""
    assert line == "age -R key.txt -o sealed.age myfile"
    _program, _r, key, _o, destination, source = line.split()
    recipients = [one for one in (folder / key).read_text().splitlines() if not one.startswith("#")]
    (folder / destination).write_bytes(seal_for(recipients, (folder / source).read_bytes()))


def opened_at_the_desk(site: Site) -> dict[str, bytes]:
    """Open the only row as the desk does; returns what then lies in its vault, by name."""
    secret = OpenPgpSecret(read_public_key(OPENPGP), stored_bytes("keys/desk-secret.asc").decode())
    keys = Keys([site.world.epoch], site.world.bundle().servers, [secret])
    vault = site.folder / "vault"
    vault.mkdir()
    attachments = AttachmentStore(vault)
    (stored,) = site.store.unacknowledged()
    with site.store.open_blob(stored.id) as blob:
        found = open_row(blob, bytes(16), keys, attachments)
    assert isinstance(found, Opened)
    contents = {}
    for file in found.files:
        assert file.problem is None
        with attachments.open(file.stored.file, file.stored.seed) as content:
            contents[file.original_name] = content.read()
    return contents


# The pages.


def test_every_line_on_the_pages_is_one_that_these_tests_run(site: Site) -> None:
    assert lines_on(site, "seal.seal") == []
    assert lines_on(site, "seal.with_age") == [AGE_VERSION, AGE_SEAL]
    assert lines_on(site, "seal.with_openpgp") == [GPG_LOOK, GPG_SEAL]


def test_the_line_for_gpg_seals_for_us_alone_whatever_the_settings_of_its_owner(
    site: Site, machine: Path, home: Path
) -> None:
    run_gpg(GPG_SEAL, machine, home)
    sealed = (machine / "sealed.gpg").read_bytes()
    assert site.report("", ("sealed", "sealed.gpg", sealed)).status_code == 200
    (row,) = site.rows()
    assert (row.submission.lane, row.files) == (Lane.PRESEALED, [sealed])
    assert opened_at_the_desk(site) == {"sealed.gpg": sealed, "sealed": CONTENT}
    listed = run_gpg("gpg --with-colons -k", machine, home).decode()
    assert listed.count("pub:") == 1, "our key stayed in the source's key ring"


def test_the_line_that_looks_at_our_key_shows_the_fingerprint_of_the_page(
    site: Site, machine: Path, home: Path
) -> None:
    shown = run_gpg(GPG_LOOK, machine, home).decode()
    on_the_page = re.search(r'translate="no">([0-9A-F ]{49})<', site.get(at("seal.with_openpgp")).text)
    assert on_the_page
    assert on_the_page[1].replace(" ", "") in shown.replace(" ", "")


def test_the_line_for_age_seals_for_us(site: Site, machine: Path) -> None:
    run_age(AGE_SEAL, machine)
    sealed = (machine / "sealed.age").read_bytes()
    assert site.report("", ("sealed", "sealed.age", sealed)).status_code == 200
    assert opened_at_the_desk(site) == {"sealed": CONTENT}


@pytest.mark.parametrize(
    ("route", "name", "kind", "key"),
    [
        ("seal.age_key", "key.txt", "text/plain", lambda site: f"{site.world.epoch.recipient()}\n"),
        ("seal.openpgp_key", "key.asc", "application/pgp-keys", lambda _site: OPENPGP),
    ],
)
def test_a_key_is_a_small_file_to_keep(
    site: Site, route: str, name: str, kind: str, key: Callable[[Site], str]
) -> None:
    answer = site.get(at(route))
    assert answer.text == key(site)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Content-Type"].split(";")[0] == kind
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.data) < 2500


def test_the_keys_can_be_copied_from_the_pages(site: Site) -> None:
    for page, key in (("seal.with_age", str(site.world.epoch.recipient())), ("seal.with_openpgp", OPENPGP)):
        (shown,) = re.findall(r'<textarea id="key"[^>]*>(.*?)</textarea>', site.get(at(page)).text, re.DOTALL)
        assert html.unescape(shown) == key


def test_the_pages_say_what_not_to_do_and_why(site: Site) -> None:
    page = texts(site.get(at("seal.seal")).text)
    for said in ("Do not seal it for yourself too.", "Do not sign it.", "key server", "e-mail", "password", "quantum"):
        assert said in page


def test_without_the_lane_or_an_open_epoch_or_a_key_there_is_nothing_to_seal_with(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    every = ("seal.seal", "seal.with_age", "seal.with_openpgp", "seal.age_key", "seal.openpgp_key")
    site = make_site(lanes=frozenset({"arrival"}))
    assert {site.get(at(page)).status_code for page in every} == {404}
    monkeypatch.setattr("tests.intake.world.OPENPGP", "")
    site = make_site()
    assert [site.get(at(page)).status_code for page in every] == [200, 200, 404, 200, 404]
    assert "OpenKeychain" not in site.get(at("seal.seal")).text
    site.clock.pass_by(days=365 * 100)
    assert {site.get(at(page)).status_code for page in every} == {503}


# What the server lets in.


REFUSED: dict[str, Reason] = {
    "for-somebody-else.gpg": Reason.SEALED_FOR_OTHERS,
    "for-two.gpg": Reason.SEALED_FOR_MORE,
    "also-for-oneself.gpg": Reason.SEALED_FOR_MORE,
    "also-with-a-passphrase.gpg": Reason.SEALED_WITH_PASSPHRASE,
    "with-a-passphrase.gpg": Reason.SEALED_WITH_PASSPHRASE,
    "hidden.gpg": Reason.SEALED_IN_HIDING,
    "also-hidden.gpg": Reason.SEALED_IN_HIDING,
    "signed-only.gpg": Reason.NOT_SEALED,
    "signed-in-clear.asc": Reason.NOT_SEALED,
    "packed-only.gpg": Reason.NOT_SEALED,
}
TAKEN = ("for-the-desk.gpg", "for-the-desk.asc", "for-the-desk-with-headers.asc", "signed-too.gpg", "in-parts.gpg")


@pytest.mark.parametrize("name", TAKEN)
def test_what_gnupg_seals_for_the_desk_alone_is_taken_as_it_came(site: Site, name: str) -> None:
    sealed = stored_bytes(f"gpg/{name}")
    assert site.report("Hello", ("sealed", name, sealed)).status_code == 200
    assert site.rows()[1].files == [sealed]


@pytest.mark.parametrize("name", REFUSED)
def test_what_somebody_else_can_open_or_we_cannot_is_refused_with_the_reason_and_what_to_do(
    site: Site, name: str
) -> None:
    page = site.report("", ("sealed", name, stored_bytes(f"gpg/{name}")))
    text = REFUSALS[REFUSED[name]]
    assert page.status_code == text.status == 422
    with site.app.test_request_context():
        assert str(text.title) in texts(page.text)
        assert str(text.advice) in texts(page.text)
    assert site.rows() == []


def test_one_s_own_key_beside_ours_is_told_of_in_words_that_help(site: Site) -> None:
    page = texts(site.report("", ("sealed", "a.gpg", stored_bytes("gpg/also-for-oneself.gpg"))).text)
    assert "Someone else could open the sealed file too: it is sealed for our key and for one more." in page
    assert "untick “Encrypt for me”" in page


def test_a_refused_sealed_file_costs_neither_the_text_nor_the_files_before_it(site: Site) -> None:
    page = site.report("Hello", ("file", "a", b"one"), ("sealed", "a.gpg", stored_bytes("gpg/for-two.gpg")))
    assert page.status_code == 422
    assert [row.message for row in site.rows() if row.message] == [b"Hello"]


@pytest.mark.parametrize("folder", ["armor", "packet", "not-encrypted", "outdated"])
def test_every_malformed_file_is_refused(site: Site, folder: str) -> None:
    for path in sorted((FOLDER / folder).iterdir()):
        with pytest.raises(Refusal) as caught:
            check_head(path.read_bytes(), KEYS)
        assert caught.value.reason is Reason.NOT_SEALED, path.name


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xc1", b"\x85", b"-----BEGIN PGP MESSAGE-----\n\n", b"age-"]))
def test_any_bytes_are_taken_or_refused_with_a_page(data: bytes, beginning: bytes) -> None:
    reason = Reason.NOT_SEALED
    try:
        check_head(beginning + data, KEYS)
    except Refusal as refusal:
        reason = refusal.reason
    assert reason in FORM_BACK


def test_what_the_desk_s_gnupg_could_not_open_is_refused_while_its_source_can_act(site: Site) -> None:
    reasons = {"version-6.gpg": Reason.NOT_SEALED, "version-6-hidden.gpg": Reason.SEALED_IN_HIDING}
    for name, reason in reasons.items():
        with pytest.raises(Refusal) as caught:
            check_head(stored_bytes(f"accept/{name}"), KEYS)
        assert caught.value.reason is reason


def test_no_more_than_the_head_is_held(site: Site) -> None:
    sealed = stored_bytes("gpg/in-parts.gpg")
    large = sealed[:200] + bytes(300_000)
    page = site.report("", ("sealed", "large.gpg", large))
    assert page.status_code == 200
    assert site.rows()[0].files == [large]


def test_the_key_of_a_desk_that_is_lost_is_one_of_somebody_else(site: Site) -> None:
    at_the_door = site.app.extensions["khomo"]
    assert DeskKeys.of(at_the_door) == KEYS
    desks = tuple(replace(desk, lost=desk.id == "main") for desk in at_the_door.bundle.desks)
    lost = replace(at_the_door.bundle, desks=desks)
    after = DeskKeys.of(replace(at_the_door, current_bundle=lambda: lost))
    assert after == DeskKeys()
    with pytest.raises(Refusal) as caught:
        check_head(stored_bytes("gpg/for-the-desk.gpg"), after)
    assert caught.value.reason is Reason.SEALED_FOR_OTHERS
