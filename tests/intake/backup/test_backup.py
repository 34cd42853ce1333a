"""A server stands again from its backup: the same door, the same mailboxes, a new chain, and no report in between."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import stat
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from intake.backup import restoring
from intake.backup.contents import HOSTNAME, PADDED_TO, ServerBackup, open_backup, seal_backup
from intake.backup.errors import BackupError
from intake.backup.making import make_backup
from intake.backup.restoring import restore
from intake.commands import main
from intake.courier import Exporter, Importer, Trust
from intake.store import StoreError
from keys.sealing.age import AgeError, HybridIdentity, open_sealed, seal
from keys.sealing.bundle import RestoredChain, UntrustedBundle
from keys.sealing.chain_position import ChainId, Direction
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.letter import filler_letter
from keys.sealing.limits import LETTER_BYTES
from keys.sealing.notes import SigningKey, sign_document
from keys.sealing.values import MailboxAddress, RowId, Sealed
from tests.intake.courier.conftest import Desk
from tests.intake.upkeep import Premises
from tests.intake.world import TODAY, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ADDRESS = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
ONION = {
    "hostname": f"{ADDRESS}\n".encode(),
    "hs_ed25519_public_key": b"== ed25519v1-public: type0 ==\0\0\0" + bytes(32),
    "hs_ed25519_secret_key": b"== ed25519v1-secret: type0 ==\0\0\0" + bytes(64),
}
REPORT = b"age-encryption.org/v1 a sealed report of this test"


@dataclass
class Server(Premises):
    """A server with everything that a backup is made of."""

    identity: HybridIdentity = field(default_factory=HybridIdentity.generate)
    addresses: list[MailboxAddress] = field(default_factory=list)
    letters: list[Sealed] = field(default_factory=list)
    row: RowId = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, content in ONION.items():
            self.onion_file(name, content)
        self.onion_file("authorized_clients/courier.auth", b"descriptor:x25519:AAAA\n")
        (self.folder / "backup-recipient.txt").write_text(f"{self.identity.recipient()}\n")
        self.row = self.put(REPORT)
        for _ in range(5):
            self.addresses.append(MailboxAddress(secrets.token_bytes(16)))
            self.letters.append(Sealed(secrets.token_bytes(LETTER_BYTES)))
        with self.open() as store:
            store.replace_letters(zip(self.addresses, self.letters, strict=True))

    def onion_file(self, name: str, content: bytes) -> None:
        path = self.folder / "tor" / "service" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content)

    def export(self) -> Path:
        stick = self.folder / "stick"
        stick.mkdir(exist_ok=True)
        with self.open() as store:
            return Exporter(store, self.world.server_key).export(stick).path

    def back_up(self) -> Sealed:
        return make_backup(self.config, self.identity.recipient(), self.today)

    def opened(self) -> ServerBackup:
        return open_backup(self.back_up(), self.identity)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    (tmp_path / "server").mkdir()
    return Server(tmp_path / "server")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere" / "config.toml"


def run(*words: str | Path, feed: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=feed)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def restored_at(config: Path, world: World) -> Premises:
    """Return the premises that a restore has made; nothing of them is written anew."""
    found = Premises.__new__(Premises)
    found.folder, found.day, found.world = config.parent, TODAY, world
    return found


def test_a_backup_holds_what_a_server_needs_to_stand_again(server: Server) -> None:
    server.export()
    backup = server.opened()
    assert backup.config == server.config_file.read_text()
    assert backup.papers.server_key == (server.folder / "server.key").read_text()
    assert backup.onion["service/hs_ed25519_secret_key"] == ONION["hs_ed25519_secret_key"]
    assert backup.onion["service/authorized_clients/courier.auth"] == b"descriptor:x25519:AAAA\n"
    assert backup.mailboxes == tuple(sorted(server.addresses))
    assert backup.last is not None
    assert backup.last.number == 1
    assert backup.day == TODAY
    assert backup.address == ADDRESS


def test_no_row_no_blob_and_no_letter_is_in_a_backup(server: Server) -> None:
    server.export()
    whole = open_sealed(server.back_up(), [server.identity]).expose()
    digest = hashlib.sha256(REPORT).digest()
    secrets_of_store = [server.row, digest, REPORT, *server.letters, *(letter[:24] for letter in server.letters)]
    for secret in secrets_of_store:
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)[:-4]):
            assert form not in whole
    body = json.loads(whole.splitlines()[1])
    assert set(body) == {
        "beside", "config", "day", "incoming", "last", "mailboxes", "onion", "padding", "papers", "program"
    }  # fmt: skip
    assert set(json.loads(body["last"])) == {"chain", "former", "head", "number"}


def test_the_size_of_a_backup_tells_no_number_of_mailboxes(server: Server) -> None:
    before = len(server.back_up())
    with server.open() as store:
        store.replace_letters((MailboxAddress(secrets.token_bytes(16)), letter) for letter in server.letters)
    server.put(b"another report")
    assert len(server.back_up()) == before
    note = open_sealed(server.back_up(), [server.identity]).expose()
    assert len(note) % PADDED_TO == 0


def test_making_a_backup_changes_nothing_on_the_server(server: Server) -> None:
    before = files_in(server.folder)
    server.back_up()
    assert files_in(server.folder) == before


def test_only_the_identity_on_paper_opens_a_backup(server: Server) -> None:
    with pytest.raises(AgeError):
        open_backup(server.back_up(), HybridIdentity.generate())
    assert server.back_up().startswith(b"age-encryption.org/v1\n-> mlkem768x25519 ")


@pytest.mark.parametrize("written", ["extra/more.torrc", "{folder}/extra/more.torrc", "./extra/more.torrc"])
def test_files_that_the_configuration_names_beside_it_are_kept_and_others_are_not(server: Server, written: str) -> None:
    (server.folder / "extra").mkdir()
    (server.folder / "extra" / "more.torrc").write_text("SafeLogging 1\n")
    (server.folder / "diary.txt").write_text("not Khomo's")
    (server.folder.parent / "outside.torrc").write_text("elsewhere")
    named = written.format(folder=server.folder)
    lines = f'[onion]\ntorrc_additions = "{named}"\ntor_binary = "../outside.torrc"\n'
    server.config_file.write_text(server.config_file.read_text() + lines)
    assert server.opened().beside == {"extra/more.torrc": "SafeLogging 1\n"}


# The way back.


def test_a_restored_server_is_the_same_door_with_the_same_mailboxes(server: Server, elsewhere: Path) -> None:
    server.export()
    done = restore(server.opened(), elsewhere)
    assert (done.address, done.mailboxes, done.resumes) == (ADDRESS, 5, 1)
    there = files_in(elsewhere.parent)
    for name in ("config.toml", "public-bundle.note", "root.pub", "server.key"):
        assert there[name] == (server.folder / name).read_bytes()
    for name, content in ONION.items():
        assert there[f"tor/service/{name}"] == content
    restored = restored_at(elsewhere, server.world)
    with restored.open() as store:
        assert store.rows() == []
        letters = [store.letter(address) for address in server.addresses]
        assert store.letter(MailboxAddress(bytes(16))) is None
    assert {len(letter or b"") for letter in letters} == {LETTER_BYTES}
    assert not set(letters) & set(server.letters)
    assert len(set(letters)) == 5


def test_keys_of_a_restored_server_are_for_their_users_alone(server: Server, elsewhere: Path) -> None:
    restore(server.opened(), elsewhere)
    here = elsewhere.parent
    for name in ("tor/service/hs_ed25519_secret_key", "tor/service/authorized_clients/courier.auth", "server.key"):
        assert stat.S_IMODE((here / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((here / "config.toml").stat().st_mode) == 0o640
    for folder in (here / "store", here / "tor"):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


def test_the_new_chain_names_the_last_known_head_and_a_person_confirms_it(server: Server, elsewhere: Path) -> None:
    """Server, backup, wipe, restore, bundle of the desk: letters are back, and a new report is delivered."""
    desk = Desk(server.world.desk_key, server.world.server_key, server.folder)
    desk.read(server.export())
    words = WordList.load().draw()
    mailbox = MailboxKeys.derive(words, server.world.bundle().salt)
    with server.open() as store:
        store.replace_letters([(mailbox.address, server.letters[0])])
    backup = server.opened()
    restore(backup, elsewhere)
    restored = restored_at(elsewhere, server.world)
    new = restored.put(b"a new report")
    with restored.open() as store:
        bundle = Exporter(store, server.world.server_key).export(elsewhere.parent).path
    with pytest.raises(RestoredChain, match="was restored from a backup") as refused:
        desk.read(bundle)
    manifest = UntrustedBundle(bundle).verify([server.world.server_key.verify_key]).manifest
    assert manifest.resumes == backup.last
    assert manifest.number == 1
    desk.seen = refused.value.proposal  # a person confirmed it
    assert [entry.id for entry in manifest.blobs] == [new.hex()]
    written = filler_letter(mailbox.address, server.world.server_key, mailbox.identity.recipient())
    answer = desk.write({mailbox.address: written})
    trust = Trust(server.world.root.verify_key, server.world.bundle(), elsewhere.parent / "public-bundle.note")
    with restored.open() as store:
        Importer(store, trust).take_in(answer)
        assert store.letter(mailbox.address) == written


def test_a_backup_that_knows_no_bundle_begins_a_chain_that_resumes_nothing(server: Server, elsewhere: Path) -> None:
    assert restore(server.opened(), elsewhere).resumes is None
    restored = restored_at(elsewhere, server.world)
    with restored.open() as store:
        chain = store.chains.outgoing()
    assert chain is not None
    assert (chain.number, chain.resumes) == (0, None)


def test_a_backup_of_a_restored_server_that_sent_nothing_names_the_chain_before(
    server: Server, elsewhere: Path
) -> None:
    server.export()
    first = server.opened()
    with server.open() as store:
        store.chains.open_chain(ChainId.begin("server-one", Direction.TO_DESK))
    assert server.opened().last == first.last


# What is refused.


def test_a_living_store_is_never_written_over(server: Server) -> None:
    backup, before = server.opened(), files_in(server.folder)
    with pytest.raises(BackupError, match="There is a store at"):
        restore(backup, server.config_file)
    assert files_in(server.folder) == before


@pytest.mark.parametrize("name", ["config.toml", "tor/service/hs_ed25519_secret_key", "server.key"])
def test_a_file_of_another_server_stops_a_restore_before_anything_is_placed(
    server: Server, elsewhere: Path, name: str
) -> None:
    (elsewhere.parent / name).parent.mkdir(parents=True, exist_ok=True)
    (elsewhere.parent / name).write_bytes(b"of another server")
    with pytest.raises(BackupError, match=f"{name} is there already and is another file"):
        restore(server.opened(), elsewhere)
    assert files_in(elsewhere.parent) == {name: b"of another server"}


@pytest.mark.parametrize("letters", [0, 3])
def test_half_a_restore_leaves_nothing(
    server: Server, elsewhere: Path, letters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0

    def fail() -> Sealed:
        nonlocal made
        made += 1
        if made > letters:
            raise StoreError("injected", "")
        return Sealed(bytes(LETTER_BYTES))

    monkeypatch.setattr(restoring, "blank_letter", fail)
    with pytest.raises(StoreError, match="injected"):
        restore(server.opened(), elsewhere)
    assert list(elsewhere.parent.iterdir()) == []


def test_a_restore_that_was_killed_is_taken_up_again(
    server: Server, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = server.opened()
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(restoring, "blank_letter", lambda: os.kill(os.getpid(), 9))
        restore(backup, elsewhere)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    assert not (elsewhere.parent / "store" / "current").exists()
    assert restore(backup, elsewhere).mailboxes == 5
    assert len(list((elsewhere.parent / "store").glob("generation-*"))) == 1


def test_a_configuration_that_this_program_cannot_read_is_told_with_the_version(
    server: Server, elsewhere: Path
) -> None:
    backup = replace(server.opened(), config="[paths]\nnew_key = 1\n", program="9.9")
    with pytest.raises(BackupError, match=r"paths\.new_key.*\n?.*") as refused:
        restore(backup, elsewhere)
    assert "Install version 9.9" in refused.value.remedy
    assert list(elsewhere.parent.iterdir()) == []


# Forgeries.


def sealed_by(server: Server, backup: ServerBackup, key: SigningKey) -> Sealed:
    return seal_backup(backup, key, server.identity.recipient())


def test_a_backup_that_the_server_did_not_sign_is_refused(server: Server) -> None:
    forged = replace(server.opened(), onion={"service/hs_ed25519_secret_key": b"the thief's"})
    with pytest.raises(SignatureError):
        open_backup(sealed_by(server, forged, SigningKey.generate("server-one")), server.identity)


def test_a_public_bundle_of_another_root_is_refused(server: Server) -> None:
    other = World()
    papers = replace(server.opened().papers, public_bundle=other.bundle().to_note(other.root).decode())
    with pytest.raises(SignatureError):
        open_backup(sealed_by(server, replace(server.opened(), papers=papers), other.server_key), server.identity)


def test_a_server_key_that_the_bundle_does_not_know_is_refused(server: Server) -> None:
    other = Server(_made(server.folder.parent / "other"))
    papers = replace(server.opened().papers, server_key=other.opened().papers.server_key)
    forged = replace(server.opened(), papers=papers)
    with pytest.raises(FormatError, match="not one that its public bundle knows"):
        open_backup(sealed_by(server, forged, server.world.server_key), server.identity)


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd", "service/../../x", "", ".hidden", "a//b", "a/b/c/d/e"])
def test_a_name_that_leads_elsewhere_is_refused(server: Server, name: str) -> None:
    with pytest.raises(FormatError, match="holds no file of the name"):
        replace(server.opened(), onion={name: b""})
    with pytest.raises(FormatError, match="holds no file of the name"):
        replace(server.opened(), beside={name: ""})


@pytest.mark.parametrize(
    "more", [b"Its root key is:\n    other words\n", b"\x1b[20;20r", b"/\x1b]0;x\x07", "\u202e".encode(), b"x" * 200]
)
def test_what_a_restore_shows_as_the_address_is_an_address_alone(server: Server, more: bytes) -> None:
    backup = server.opened()
    assert backup.address == ADDRESS
    with pytest.raises(FormatError):
        replace(backup, onion={**backup.onion, HOSTNAME: ONION["hostname"] + more})


def test_a_backup_of_a_stranger_cannot_move_the_terminal_before_the_question(
    server: Server, elsewhere: Path, tmp_path: Path
) -> None:
    forged = replace(server.opened(), program="9\x1b[20;20r\nIts root key is:")
    (tmp_path / "paper").write_text(server.identity.expose())
    backup = tmp_path / "khomo-server.backup"
    backup.write_bytes(sealed_by(server, forged, server.world.server_key))
    asked = run("restore", backup, "--config", elsewhere, "--identity-file", tmp_path / "paper", feed="n\n")
    assert "\x1b" not in asked.output
    shown = asked.output.partition("shall this machine become that server?")[0].splitlines()
    root = server.opened().root
    assert [line.strip() for line in shown[-3:-1]] == [root.fingerprint_words(), root.fingerprint_hex()]
    assert [line for line in shown if line.startswith("Its root key is")] == []


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "an unknown member": lambda body: body | {"rows": []},
    "a missing member": lambda body: {name: body[name] for name in body if name != "day"},
    "an address twice": lambda body: body | {"mailboxes": [body["mailboxes"][0]] * 2},
    "an order that tells something": lambda body: body | {"mailboxes": body["mailboxes"][::-1]},
    "an address of another length": lambda body: body | {"mailboxes": ["00"]},
    "a key that is no base64": lambda body: body | {"onion": {"service/hostname": "*"}},
    "files that are a list": lambda body: body | {"beside": []},
    "a position that is none": lambda body: body | {"last": "{}"},
    "a day that is none": lambda body: body | {"day": "20. 11. 2026"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_backup_of_another_form_is_refused(server: Server, change: str) -> None:
    note = open_sealed(server.back_up(), [server.identity]).expose()
    body = CHANGES[change](json.loads(note.splitlines()[1]))
    forged = sign_document("server-backup", 1, body, [server.world.server_key])
    with pytest.raises(FormatError):
        open_backup(seal(forged, [server.identity.recipient()]), server.identity)


# Commands.


def test_an_identity_is_printed_for_paper_and_stored_nowhere(tmp_path: Path) -> None:
    done = run("backup", "new-identity", "--config", tmp_path / "config.toml")
    assert done.exit_code == 0, done.output
    shown = "".join(line.strip() for line in done.stdout.splitlines() if line.startswith("    ")).replace(" ", "")
    secret = shown[: shown.index("1") + 59]
    identity = HybridIdentity.parse(secret)
    assert (tmp_path / "backup-recipient.txt").read_text().strip() == str(identity.recipient())
    assert [path.name for path in tmp_path.iterdir()] == ["backup-recipient.txt"]
    again = run("backup", "new-identity", "--config", tmp_path / "config.toml")
    assert again.exit_code == 1
    assert "is there already: backups are sealed to the identity" in again.stderr


def test_a_backup_replaces_the_one_before_and_a_restore_asks_for_the_paper(
    server: Server, elsewhere: Path, tmp_path: Path
) -> None:
    stick = _made(tmp_path / "stick")
    for _ in range(2):
        done = run("backup", "write", stick, "--config", server.config_file)
        assert done.exit_code == 0, done.output
        assert [path.name for path in stick.iterdir()] == ["khomo-server.backup"]
    paper = " ".join(server.identity.expose().lower()[at : at + 8] for at in range(0, 80, 8))
    file = stick / "khomo-server.backup"
    told = run("restore", file, "--config", elsewhere, feed=f"{paper}\ny\n")
    assert told.exit_code == 0, told.output
    assert server.world.root.verify_key.fingerprint_words() in told.stdout
    assert "Restored. 5 mailboxes are back, with a blank letter each." in told.stdout
    assert server.identity.expose() not in told.output.upper().replace(" ", "")


def test_a_person_who_does_not_know_the_root_key_restores_nothing(
    server: Server, elsewhere: Path, tmp_path: Path
) -> None:
    stick, paper = _made(tmp_path / "stick"), tmp_path / "paper"
    paper.write_text(server.identity.expose())
    run("backup", "write", stick / "mine.backup", "--config", server.config_file)
    refused = run("restore", stick / "mine.backup", "--identity-file", paper, "--config", elsewhere, feed="n\n")
    assert refused.exit_code == 1
    assert list(elsewhere.parent.iterdir()) == []


def test_scripts_get_one_line_each(server: Server, elsewhere: Path, tmp_path: Path) -> None:
    drawn = json.loads(run("backup", "new-identity", "-o", tmp_path / "public", "--json").stdout)
    (tmp_path / "paper").write_text(drawn["identity"])
    words = ("--config", server.config_file, "--recipient-file", tmp_path / "public", "--json")
    written = json.loads(run("backup", "write", tmp_path, *words).stdout)
    assert written["size"] == (tmp_path / "khomo-server.backup").stat().st_size
    again = ("--identity-file", tmp_path / "paper", "--yes", "--json", "--config", elsewhere)
    assert json.loads(run("restore", written["path"], *again).stdout) == {
        "address": ADDRESS,
        "mailboxes": 5,
        "resumes": None,
    }


REFUSED: dict[str, tuple[Callable[[Server], object], str]] = {
    "no recipient": (lambda server: (server.folder / "backup-recipient.txt").unlink(), "Draw an identity first"),
    "another recipient": (
        lambda server: (server.folder / "backup-recipient.txt").write_text("age1abc"), "holds no age1pq1… recipient"
    ),
    "no onion key": (
        lambda server: (server.folder / "tor/service/hs_ed25519_secret_key").unlink(), "Run this command as root"
    ),
    "no store": (lambda server: (server.folder / "store/current").unlink(), "Open the door once"),
    "a file of another kind": (
        lambda server: (server.folder / "stick" / "khomo-server.backup").write_bytes(b"a photo"), "is no backup"
    ),
    "a file that is no text": (
        lambda server: (server.folder / "root.pub").write_bytes(b"\xff"), "holds no root key"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_backup_that_cannot_be_made_is_told_and_nothing_is_written(server: Server, case: str) -> None:
    stick = _made(server.folder / "stick")
    REFUSED[case][0](server)
    before = files_in(stick)
    done = run("backup", "write", stick, "--config", server.config_file)
    assert done.exit_code == 1, done.output
    assert REFUSED[case][1] in done.stderr
    assert files_in(stick) == before


def test_what_is_no_backup_or_no_identity_is_told_in_words(server: Server, elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(b"a photo")
    (tmp_path / "paper").write_text(server.identity.expose())
    (tmp_path / "other").write_text(HybridIdentity.generate().expose())
    (tmp_path / "typo").write_text(server.identity.expose()[:-1])
    run("backup", "write", tmp_path, "--config", server.config_file)
    good = tmp_path / "khomo-server.backup"
    (tmp_path / "cut.backup").write_bytes(good.read_bytes()[:-1000])
    for source, paper, words in (
        (tmp_path / "photo", "paper", "is no backup of a server"),
        (good, "other", "does not open this backup"),
        (good, "typo", "This is no identity: it has 76 characters, and on paper it has 77."),
        (tmp_path / "cut.backup", "paper", "or the file is damaged"),
        (tmp_path / "nowhere", "paper", "is not there"),
    ):
        done = run("restore", source, "--identity-file", tmp_path / paper, "--yes", "--config", elsewhere)
        assert done.exit_code == 1
        assert words in done.stderr
    assert list(elsewhere.parent.iterdir()) == []


def test_a_file_too_large_for_a_backup_is_refused(server: Server) -> None:
    (server.folder / "large.torrc").write_bytes(b"#" * (1 << 21))
    server.config_file.write_text(server.config_file.read_text() + '[onion]\ntorrc_additions = "large.torrc"\n')
    with pytest.raises(BackupError, match="too large for a backup"):
        server.back_up()
    (server.folder / "large.torrc").write_bytes(b"\xff")
    with pytest.raises(BackupError, match="not a text in UTF-8"):
        server.back_up()


def _made(path: Path) -> Path:
    path.mkdir()
    return path
