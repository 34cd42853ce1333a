"""Files that a source sealed with OpenPGP: opened in the sandbox, kept as they came, and tried again later."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from keys.opening.key_files import write_key_file
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.openpgp_keys import make_openpgp_key
from keys.sealing.age import HybridIdentity, open_sealed
from keys.sealing.errors import FormatError
from keys.sealing.submission import Audience, Consent, Lane
from reviewer import case_words
from reviewer.cases import details
from reviewer.commands import main
from reviewer.errors import ReviewerError
from reviewer.inbox import load_keys, sweep
from reviewer.keyring import Organisation as Files
from reviewer.keyring import add_keys, found_vault
from reviewer.reopening import count_sealed_files, reopen_files
from reviewer.sandbox import bubblewrap, limits
from reviewer.sandbox.allowance import Allowance
from reviewer.saving import save_attachment
from reviewer.search import search
from reviewer.trust import public_bundle
from reviewer.values import ArrivalState
from reviewer.vault.key_rows import OpenPgpKeyRow
from reviewer.vault.rows import AttachmentRow, CaseRow, MessageRow
from reviewer.words import files_reopened
from tests.keys.sealing.openpgp_forge import stored_bytes
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.organisation import DAY, KEYS_PASSPHRASE, sealed_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewer.keyring import DeskKeys
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Amend, Carry
    from tests.reviewer.organisation import Organisation

MIB = 1024 * 1024
TEXT = "what they did, é\n".encode()


class Seal(Protocol):
    """Seals with a real gpg as the pages say, for the desk unless another public key is given."""

    def __call__(self, content: bytes, *options: str, public: str = "") -> bytes: ...


class Send(Protocol):
    """Sends files that a source sealed, and lets the desk take them in."""

    def __call__(self, *files: tuple[str, bytes], **head: Any) -> None: ...


@pytest.fixture(scope="module")
def seal(ceremony: Organisation) -> Iterator[Seal]:
    ours = ceremony.ceremony.bundle.desk("main").openpgp
    with tempfile.TemporaryDirectory(prefix="src-") as home:

        def run_gpg(content: bytes, *options: str, public: str = "") -> bytes:
            key = Path(home, "key.asc")
            key.write_text(public or ours)
            command = ["gpg", "--homedir", home, "--batch", "--quiet", "--no-options", *options, "-f", str(key), "-e"]
            return subprocess.run(command, input=content, capture_output=True, check=True, timeout=60).stdout

        yield run_gpg


@pytest.fixture
def send(org: Organisation, carry: Carry) -> Send:
    def take(*files: tuple[str, bytes], **head: Any) -> None:
        org.report(files=files, lane=Lane.PRESEALED, **head)
        assert carry().found == {ArrivalState.OPENED: 1}

    return take


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A desk without bubblewrap."""
    bubblewrap.require_sandbox.cache_clear()
    monkeypatch.setattr(bubblewrap, "_PATH", "/nowhere")
    yield
    bubblewrap.require_sandbox.cache_clear()


def files_of(desk: Vault) -> list[tuple[str, bytes, str | None]]:
    """Name, content and problem of every attachment; nothing else lies in their folder."""
    with desk.look() as rows:
        found = rows.scalars(select(AttachmentRow).order_by(AttachmentRow.id)).all()
    contents = []
    for file in found:
        with desk.attachments.open(file.file, file.seed) as source:
            contents.append((file.original_name, source.read(), file.problem))
    assert len(list((desk.folder / "attachments").iterdir())) == len(found)
    return contents


def texts_of(desk: Vault) -> list[str]:
    with desk.look() as rows:
        return list(rows.scalars(select(MessageRow.text).order_by(MessageRow.id)))


def test_what_was_in_it_stands_beside_the_file_as_it_came(desk: Vault, send: Send, seal: Seal) -> None:
    photo = b"\xff\xd8\xff" + os.urandom(300_000)
    sealed, armored = seal(photo), seal(TEXT, "--armor")
    send(("photo.jpg.gpg", sealed), ("report.txt.asc", armored))
    assert files_of(desk) == [
        ("photo.jpg.gpg", sealed, None),
        ("photo.jpg", photo, None),
        ("report.txt.asc", armored, None),
        ("report.txt", TEXT, None),
    ]
    assert texts_of(desk) == [TEXT.decode()]


def test_a_container_inside_is_unpacked_and_what_it_allows_counts(desk: Vault, send: Send, seal: Seal) -> None:
    key = HybridIdentity.generate()
    consent = Consent(frozenset({Audience.LAWYER}))
    inner = open_sealed(sealed_report(key.recipient(), "inner", [("a.pdf", b"%PDF")], consent=consent), [key]).expose()
    sealed = seal(inner)
    everybody = Consent(frozenset({Audience.LEADS, Audience.LAWYER}))
    send(("r.pgp", sealed), consent=everybody)
    assert files_of(desk) == [("r.pgp", sealed, None), ("a.pdf", b"%PDF", None)]
    assert texts_of(desk) == ["inner"]
    with desk.look() as rows:
        assert json.loads(rows.scalars(select(CaseRow.consent)).one())["may_see"] == ["lawyer"]


def test_what_cannot_be_opened_is_kept_and_shown_with_the_reason(
    desk: Vault, send: Send, seal: Seal, tmp_path: Path
) -> None:
    good = seal(os.urandom(5000))
    changed = bytearray(good)
    changed[-9] ^= 1
    files = {
        "foreign.gpg": (stored_bytes("gpg/for-somebody-else.gpg"), "a key that this desk does not hold"),
        "password.gpg": (stored_bytes("gpg/with-a-passphrase.gpg"), "a key that this desk does not hold"),
        "signed.asc": (stored_bytes("gpg/signed-in-clear.asc"), "no message"),
        "cut.gpg": (good[:-100], "GnuPG could not open it: it is damaged, or"),
        "changed.gpg": (bytes(changed), "GnuPG could not open it: it is damaged, or"),
        "jpeg.gpg": (b"\xff\xd8\xff\xe0", "This is no OpenPGP message"),
    }
    send(*((name, content) for name, (content, _) in files.items()))
    found = files_of(desk)
    assert [(name, content) for name, content, _ in found] == [(name, data) for name, (data, _) in files.items()]
    for name, _, problem in found:
        assert problem is not None
        assert problem.startswith("Sealed by the source, and not opened:")
        assert files[name][1] in problem
    with desk.look() as rows:
        shown = "\n".join(case_words.details(details(rows, 1), []))
    assert shown.count("not opened:") == len(files)
    path = save_attachment(desk, 1, tmp_path)
    assert (path.name, path.read_bytes()) == ("foreign.gpg", files["foreign.gpg"][0])


def test_a_decompression_bomb_is_cut_off_and_said(
    desk: Vault, send: Send, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OPENED_LEAST", MIB)
    bomb = seal(bytes(40 * MIB), "--compress-algo", "bzip2")
    assert len(bomb) < 10_000
    send(("bomb.gpg", bomb))
    [(name, content, problem)] = files_of(desk)
    assert (name, content) == ("bomb.gpg", bomb)
    assert problem is not None
    assert "It became larger than 1 MB while it was unpacked, and was cut off." in problem


def test_a_file_may_grow_as_far_as_texts_do_and_never_beyond_what_the_door_takes() -> None:
    assert limits.most_from(10) == 4 * MIB
    assert limits.most_from(10 * MIB) == 640 * MIB
    assert limits.most_from(1024 * MIB) == limits.OPENED_BYTES


def test_many_small_bombs_grow_by_no_more_than_an_import_may_and_a_chosen_case_is_opened(
    org: Organisation, desk: Vault, carry: Carry, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Allowance.__init__, "__defaults__", (5 * MIB,))
    bomb = seal(bytes(3 * MIB), "--compress-algo", "bzip2", "-z", "9")
    photo = os.urandom(1000)
    for _ in range(4):
        org.report(files=[("bomb.gpg", bomb), ("photo.jpg.gpg", seal(photo, "--compress-algo", "none"))],
                   lane=Lane.PRESEALED)  # fmt: skip
    carry()
    found = files_of(desk)
    assert sum(len(content) for _name, content, _problem in found) < 4 * len(bomb) + 5 * MIB + 20_000
    waiting = [problem for name, _content, problem in found if name == "bomb.gpg" and problem]
    assert len(waiting) == 3
    assert all("Open those of its case alone: khomo-reviewer reopen --case" in problem for problem in waiting)
    assert [content for name, content, _problem in found if name == "photo.jpg"] == [photo] * 4
    with desk.look() as rows:
        of_last = [one.case_id for one in rows.scalars(select(AttachmentRow)) if one.problem][-1]
        assert (count_sealed_files(rows), count_sealed_files(rows, of_last)) == (3, 1)
    monkeypatch.setattr(Allowance.__init__, "__defaults__", (0,))
    said = CliRunner().invoke(main, ["reopen"], obj=desk).output
    assert "Files opened now that a source sealed: 0. Still sealed: 3." in said
    said = CliRunner().invoke(main, ["reopen", "--case", str(of_last)], obj=desk).output
    assert said == "Files opened now that a source sealed: 1. Still sealed: 0.\n"
    assert CliRunner().invoke(main, ["reopen", "--case", "99"], obj=desk).exit_code == 1


def test_a_disk_that_is_nearly_full_keeps_its_room_and_opens_such_a_file_later(
    desk: Vault, send: Send, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DISK_LEAST", 2**62)
    sealed = seal(TEXT)
    send(("report.txt.gpg", sealed))
    [(name, content, problem)] = files_of(desk)
    assert (name, content) == ("report.txt.gpg", sealed)
    assert problem is not None
    assert "There is too little room on the disk" in problem
    monkeypatch.undo()
    assert reopen_files(desk).opened == 1
    assert texts_of(desk) == [TEXT.decode()]


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_nothing_is_opened_and_the_desk_says_what_to_install(
    desk: Vault, send: Send, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = seal(TEXT)
    send(("report.txt.gpg", sealed))
    [(name, content, problem)] = files_of(desk)
    assert (name, content) == ("report.txt.gpg", sealed)
    assert problem is not None
    assert "The sandbox cannot be built: bwrap is not here. Install bubblewrap." in problem
    with desk.look() as rows:
        assert count_sealed_files(rows) == 1
    still = reopen_files(desk)
    assert (still.opened, still.still) == (0, 1)
    assert "Install bubblewrap" in list(files_reopened(still))[-1]
    monkeypatch.undo()
    bubblewrap.require_sandbox.cache_clear()
    with desk.change() as change:
        change.rows.get_one(CaseRow, 1).unread = False
    found = reopen_files(desk)
    assert list(files_reopened(found)) == ["Files opened now that a source sealed: 1. Still sealed: 0."]
    assert files_of(desk) == [("report.txt.gpg", sealed, None), ("report.txt", TEXT, None)]
    assert texts_of(desk) == [TEXT.decode()]
    with desk.look() as rows:
        assert rows.get_one(CaseRow, 1).unread
        assert search(rows, "report.txt")
        assert search(rows, "did")
        assert count_sealed_files(rows) == 0
    assert list(files_reopened(reopen_files(desk))) == []


def test_the_commands_say_that_something_stayed_sealed_and_try_again(
    org: Organisation, desk: Vault, seal: Seal, tmp_path: Path
) -> None:
    files = [("a.gpg", stored_bytes("gpg/for-somebody-else.gpg")), ("b.txt.gpg", seal(TEXT))]
    org.report(files=files, lane=Lane.PRESEALED)
    bundle = str(org.bundle(tmp_path / "one.bundle"))
    taken = CliRunner().invoke(main, ["import", bundle], obj=desk)
    assert taken.exit_code == 0
    assert "1 file that a source sealed could not be opened. `show` says why; `reopen` tries again." in taken.output
    assert json.loads(CliRunner().invoke(main, ["import", bundle, "--json"], obj=desk).output)["sealed_files"] == 1
    shown = CliRunner().invoke(main, ["show", "1"], obj=desk).output
    assert "a.gpg  (Sealed by the source, and not opened: It is sealed to a key that this desk does not hold.)" in shown
    assert "b.txt" in shown
    again = CliRunner().invoke(main, ["reopen"], obj=desk).output
    assert "Files opened now that a source sealed: 0. Still sealed: 1." in again
    assert "a key that this desk does not hold" in again


def test_a_missing_file_keeps_no_other_shut(desk: Vault, send: Send, seal: Seal) -> None:
    send(("a.gpg", stored_bytes("gpg/for-somebody-else.gpg")), ("b.gpg", seal(TEXT)))
    with desk.change() as change:
        first = change.rows.get_one(AttachmentRow, 1)
        (desk.folder / "attachments" / first.file).unlink()
        change.rows.get_one(AttachmentRow, 2).problem = first.problem
    found = reopen_files(desk)
    assert (found.opened, found.still) == (1, 1)
    assert "is missing" in found.why


# The desk's key.


def test_the_vault_takes_the_desk_s_key_in_when_it_is_made(org: Organisation, desk: Vault) -> None:
    public = org.ceremony.bundle.desk("main").openpgp
    with desk.look() as rows:
        [key] = rows.scalars(select(OpenPgpKeyRow)).all()
        [loaded] = load_keys(rows).openpgp
    assert (key.desk_id, key.public) == ("main", public)
    assert loaded.public.fingerprint == key.fingerprint
    assert "PRIVATE" not in repr(loaded)


def test_a_key_that_is_not_the_bundle_s_leaves_no_vault_behind(
    org: Organisation, desk_keys: DeskKeys, tmp_path: Path
) -> None:
    other = make_openpgp_key("Open Harbour", "Desk", DAY)
    files = Files.read(org.bundle_note, org.root_file)
    with pytest.raises(FormatError, match="not of the key in the public bundle"):
        found_vault(tmp_path / "new", files, replace(desk_keys, openpgp=other.key_file), PASSPHRASE)
    assert not (tmp_path / "new").exists()
    main, spare = org.ceremony.bundle.desks
    without = replace(org.ceremony.bundle, desks=(replace(main, openpgp=""), spare)).to_note(org.root_key)
    with pytest.raises(ReviewerError, match="does not name this OpenPGP key"):
        found_vault(tmp_path / "new", replace(files, note=without), desk_keys, PASSPHRASE)
    assert not (tmp_path / "new").exists()


def test_a_vault_is_made_without_an_openpgp_key_where_the_ceremony_made_none(
    org: Organisation, desk_keys: DeskKeys, tmp_path: Path
) -> None:
    files = Files.read(org.bundle_note, org.root_file)
    with found_vault(tmp_path / "new", files, replace(desk_keys, openpgp=None), PASSPHRASE) as vault:
        with vault.look() as rows:
            assert list(load_keys(rows).openpgp) == []
        sweep(vault)


def test_the_next_key_opens_what_waited_for_it_and_the_last_one_still_opens_its_own(
    desk: Vault, send: Send, seal: Seal, amend: Amend, tmp_path: Path
) -> None:
    with desk.look() as rows:
        main, spare = public_bundle(rows).desks
    new = make_openpgp_key("Open Harbour", "Desk", DAY)
    write_key_file(tmp_path / "openpgp.key.age", new.key_file, KEYS_PASSPHRASE, LOWEST_LOG_N)
    send(("new.gpg", seal(b"\x00new", public=new.public)))
    with pytest.raises(ReviewerError, match="does not name this OpenPGP key"):
        add_keys(desk, tmp_path, KEYS_PASSPHRASE)
    amend(desks=(replace(main, openpgp=new.public), spare))
    assert add_keys(desk, tmp_path, KEYS_PASSPHRASE) == [new.key_file.id]
    assert add_keys(desk, tmp_path, KEYS_PASSPHRASE) == []
    assert reopen_files(desk).opened == 1
    send(("old.gpg", seal(b"\x00old")))
    assert [content for name, content, _ in files_of(desk) if name in {"new", "old"}] == [b"\x00new", b"\x00old"]
