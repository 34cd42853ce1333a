"""Names that sources gave: kept with the case, and opened by two people where they are kept apart."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from keys.opening.key_files import read_key_file, write_key_file
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.new_keys import make_epoch
from keys.sealing.age import HybridIdentity, HybridRecipient, NoMatchError, OpeningReader, parse_identities
from keys.sealing.followup import Act, Followup
from keys.sealing.source_name import SourceName
from keys.sealing.submission import Audience, Consent, Lane, Part
from keys.sealing.submission_reader import read_submission
from keys.sealing.values import Sealed
from reviewer.backup import back_up
from reviewer.case_log import append_pending
from reviewer.cases import Filter, details, list_cases
from reviewer.commands import main
from reviewer.deletion import destroy_case
from reviewer.forwarding import Wish, forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.outbox import write_server_bundle
from reviewer.reopening import reopen_files
from reviewer.search import search
from reviewer.sending import send
from reviewer.source_names import kept_apart
from reviewer.vault.rows import EpochRow
from reviewer.vault.vault import Vault
from tests.reviewer.closing import close
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.organisation import DAY, KEYS_PASSPHRASE, NO_RISK, Source, sealed_report
from tests.reviewer.thief import database_in_the_clear, everything_at_rest, pages_in_the_clear

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reviewer.conftest import Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation

AMINA = "Amina namecanary"
APART = Consent(name_apart=True)
WHY = "The court asks; we met her on the bridge."


def spare_recipient(org: Organisation) -> HybridRecipient:
    text = org.ceremony.bundle.apart_recipient(DAY)
    assert text is not None
    return HybridRecipient.parse(text)


def apart(org: Organisation, name: str = AMINA) -> SourceName:
    return SourceName.apart(name, spare_recipient(org))


@dataclass(frozen=True)
class Second:
    """The second person, beside the first one at the desk: the spare desk's key file, and its passphrase in a file."""

    desk: Vault
    file: Path
    passphrase: Path

    @property
    def identity(self) -> HybridIdentity:
        return read_key_file(self.file, KEYS_PASSPHRASE).identity()

    def opens(self, *more: object, case: int = 1, file: Path | None = None, code: int = 0) -> str:
        """Open the name of a case together."""
        given = ("--spare-key", file or self.file, "--spare-passphrase-file", self.passphrase, "--reason", WHY)
        return typed(self.desk, "name", case, *given, *more, code=code)

    def is_refused(self, *more: object, file: Path | None = None, code: int = 1) -> str:
        """Try, and see that nothing was opened."""
        said = self.opens(*more, file=file, code=code)
        assert AMINA not in said
        assert "open name" not in typed(self.desk, "history")
        return said


@pytest.fixture
def second(org: Organisation, desk: Vault, tmp_path: Path) -> Second:
    [file] = (org.folder / "spare").glob("epoch-*.key.age")
    passphrase = tmp_path / "second"
    passphrase.write_text(f"{KEYS_PASSPHRASE}\n")
    return Second(desk, file, passphrase)


def typed(desk: Vault, *arguments: object, code: int = 0, stdin: str | None = None) -> str:
    done = CliRunner().invoke(main, [str(one) for one in arguments], obj=desk, input=stdin)
    assert done.exit_code == code, done.output
    return done.output


def one_case(org: Organisation, carry: Carry, name: SourceName | None, consent: Consent = APART) -> Source:
    source = Source()
    org.report("They took the files.", mailbox=source.slip, name=name, consent=consent)
    carry()
    return source


def later(org: Organisation, source: Source, carry: Carry, name: SourceName) -> None:
    """The source comes back, and says anew who may see it."""
    consent = Consent(frozenset({Audience.LAWYER}), name_apart=bool(name.sealed))
    answers = Followup(Act.CONSENT).to_answers()
    org.report(part=Part.FOLLOWUP, mailbox=source.slip, name=name, consent=consent, answers=answers)
    carry()


# Two people.


def test_two_people_open_a_name_together(org: Organisation, desk: Vault, carry: Carry, second: Second) -> None:
    one_case(org, carry, apart(org))
    shown = typed(desk, "show", 1)
    assert "two people open it together: khomo-reviewer name 1 --spare-key FILE" in shown
    assert "  the source's name: KEEP APART; two people open it together\n" in shown
    assert AMINA not in shown
    said = second.opens()
    assert said == (
        f"--- name that the source gave, {DAY} ---\n\u2502 {AMINA}\n"
        "It is kept nowhere. Clear this screen when both of you have read it, and take the key away.\n"
    )
    told = typed(desk, "history", 1)
    assert f"{DAY}  amina            open name      case 1" in told
    assert f"            key: - -> {second.file.name.removeprefix('epoch-').removesuffix('.key.age')}" in told
    assert f"            reason: - -> {WHY}" in told


def test_the_second_person_types_the_passphrase_and_the_first_one_says_why(
    org: Organisation, desk: Vault, carry: Carry, second: Second
) -> None:
    one_case(org, carry, apart(org))
    said = typed(desk, "name", 1, "--spare-key", second.file, stdin=f"{WHY}\n{KEYS_PASSPHRASE}\n")
    assert f"\u2502 {AMINA}\n" in said
    assert "This stands in the case's history" in said
    assert "The second person: passphrase of the spare desk's key file" in said
    assert KEYS_PASSPHRASE not in said


def test_a_reviewer_unlocks_the_vault_as_always(
    org: Organisation, desk: Vault, carry: Carry, second: Second, tmp_path: Path
) -> None:
    one_case(org, carry, apart(org))
    desk.held.close()
    wrong = tmp_path / "wrong"
    wrong.write_text("not the passphrase of the desk\n")
    options = ["--spare-key", second.file, "--spare-passphrase-file", second.passphrase, "--reason", WHY]
    arguments = ["name", 1, *options, "--vault", desk.folder, "--passphrase-file", wrong]
    refused = CliRunner().invoke(main, [str(one) for one in arguments])
    assert (refused.exit_code, AMINA in refused.output) == (3, False)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Amina\ufffd[2J", "\u2502 Amina\ufffd[2J"),
        ("\u0623\u0645\u064a\u0646\u0629", "\u2502 \u0623\u0645\u064a\u0646\u0629"),
        ("It is kept nowhere.", "\u2502 It is kept nowhere."),
    ],
)
def test_a_name_stands_after_the_mark_of_what_others_wrote(
    org: Organisation, carry: Carry, second: Second, name: str, shown: str
) -> None:
    one_case(org, carry, apart(org, name))
    said = second.opens()
    assert shown in said.splitlines()


# What goes wrong.


def test_a_wrong_passphrase_says_so_and_leaves_no_trace_of_an_opening(
    org: Organisation, desk: Vault, carry: Carry, second: Second
) -> None:
    one_case(org, carry, apart(org))
    second.passphrase.write_text("another passphrase entirely\n")
    assert f"The passphrase does not open {second.file}." in second.is_refused(code=3)


def test_another_key_file_is_told_from_a_damaged_name(
    org: Organisation, desk: Vault, carry: Carry, second: Second, tmp_path: Path
) -> None:
    one_case(org, carry, apart(org))
    [epoch] = (org.folder / "desk").glob("epoch-*.key.age")
    assert "This key does not open the name" in second.is_refused(file=epoch)
    assert "not a key that opens sealed rows" in second.is_refused(file=org.folder / "spare/desk.key.age")
    assert "not a whole key file" in second.is_refused(file=org.root_file)
    other = tmp_path / "other.key.age"
    write_key_file(other, make_epoch("spare", "Desk (spare)", DAY, 90).key_file, KEYS_PASSPHRASE, LOWEST_LOG_N)
    assert "or one of other days. Take the spare desk's file" in second.is_refused(file=other)
    typed(desk, "name", 1, "--spare-key", tmp_path / "missing", code=2)


def test_a_damaged_name_is_told_as_such(org: Organisation, desk: Vault, carry: Carry, second: Second) -> None:
    good = apart(org).sealed
    one_case(org, carry, SourceName(sealed=Sealed(good[:-1] + bytes([good[-1] ^ 1]))))
    assert "The name is damaged" in second.is_refused()


def test_where_no_name_is_kept_apart_no_passphrase_is_asked_for(
    org: Organisation, desk: Vault, carry: Carry, second: Second
) -> None:
    one_case(org, carry, None)
    shown = typed(desk, "show", 1)
    assert "the source's name: KEEP APART; two people open it together; none was given so far" in shown
    said = typed(desk, "name", 1, "--spare-key", second.file, code=1)
    assert "No name is kept apart in case 1. The source gave none." in said
    org.report("in the clear", name=SourceName("Bea"))
    carry()
    assert "khomo-reviewer show 2" in typed(desk, "name", 2, "--spare-key", second.file, code=1)
    assert "There is no case 7." in typed(desk, "name", 7, "--spare-key", second.file, code=1)


@pytest.mark.parametrize("why", ["", "  ", "x" * 501, "two\nlines", "\x1b[2J"])
def test_a_reason_is_a_line(org: Organisation, desk: Vault, carry: Carry, second: Second, why: str) -> None:
    one_case(org, carry, apart(org))
    assert "A reason has 1 to 500 printable characters." in second.is_refused("--reason", why)


# Which name.


def test_a_name_in_the_clear_is_shown_with_its_case_and_found_by_no_search(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    one_case(org, carry, SourceName("Bea \u0623\u0645\u064a\u0646\u0629 namecanary"), Consent())
    shown = typed(desk, "show", 1)
    assert f"--- name that the source gave, {DAY} ---\n\u2502 Bea \u0623\u0645\u064a\u0646\u0629 namecanary\n" in shown
    assert "namecanary" not in typed(desk, "show", 1, "--json") + typed(desk, "list") + typed(desk, "list", "--json")
    with desk.look() as rows:
        assert search(rows, "namecanary") == []


def test_a_later_name_counts_and_the_older_ones_are_kept(
    org: Organisation, desk: Vault, carry: Carry, second: Second
) -> None:
    source = one_case(org, carry, SourceName("Bea"), Consent())
    assert '"source_name": "given"' in typed(desk, "show", 1, "--json")
    later(org, source, carry, apart(org, "Amina the first"))
    later(org, source, carry, apart(org, "Amina the second"))
    shown = typed(desk, "show", 1)
    assert shown.count("a name is kept apart;") == 2
    assert shown.index("a name is kept apart;") < shown.index("\u2502 Bea")
    assert "the source's name: KEEP APART; two people open it together\n" in shown
    assert '"source_name": "apart"' in typed(desk, "show", 1, "--json")
    with desk.look() as rows:
        assert len(list_cases(rows, Filter()).cases) == 1
        assert details(rows, 1).case.consent.count("true") == 1
    said = second.opens()
    assert said.index("Amina the second") < said.index("Amina the first")


def test_of_names_to_two_keys_each_key_opens_its_own(
    org: Organisation, desk: Vault, carry: Carry, second: Second
) -> None:
    source = one_case(org, carry, apart(org, "Amina the first"))
    other = make_epoch("spare", "Desk (spare)", DAY, 90)
    later(org, source, carry, SourceName.apart("Amina the second", HybridRecipient.parse(other.epoch.recipient)))
    said = second.opens()
    assert "\u2502 Amina the first" in said
    assert "This key does not open the name" in said


def test_a_name_from_somebody_who_is_not_the_source_stays_with_its_own_case(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source = one_case(org, carry, apart(org))
    stranger = Source(address=source.address)
    org.report("posing", mailbox=stranger.slip, name=SourceName("Mallory"))
    carry()
    assert "Mallory" not in typed(desk, "show", 1)
    assert "Mallory" in typed(desk, "show", 2)


def test_a_name_that_its_source_sealed_too_is_kept(org: Organisation, desk: Vault, carry: Carry) -> None:
    inner = sealed_report(org.recipient(), "inside", name=SourceName("Bea"))
    org.report(files=[("sealed.age", inner)], lane=Lane.PRESEALED)
    carry()
    assert "\u2502 Bea" in typed(desk, "show", 1)


def test_a_name_in_a_file_that_can_be_opened_later_is_kept_then(
    org: Organisation, desk: Vault, carry: Carry, second: Second
) -> None:
    source, later_key = one_case(org, carry, None), HybridIdentity.generate()
    inner = sealed_report(later_key.recipient(), "inside", name=apart(org), consent=APART)
    org.report(files=[("sealed.age", inner)], lane=Lane.PRESEALED, mailbox=source.slip)
    carry()
    assert "No name is kept apart in case 1." in second.is_refused()
    with desk.change() as change:
        recipient, secret = str(later_key.recipient()), later_key.expose()
        change.rows.add(EpochRow(desk_id="main", id="main-later", recipient=recipient, secret=secret, state="open"))
    assert reopen_files(desk).opened == 1
    assert f"\u2502 {AMINA}" in second.opens()


# Attacks.


def test_with_everything_that_the_desk_has_a_name_is_found_nowhere(
    org: Organisation, desk: Vault, carry: Carry, tmp_path: Path, second: Second
) -> None:
    """The vault open, every page and file of it in the clear, all its identities, the opened container, a backup."""
    row = org.waiting[
        org.report(
            "They took the files.", files=[("a.txt", b"x")], name=apart(org), consent=APART, mailbox=Source().slip
        )
    ]
    carry()
    write_server_bundle(desk, no_progress)
    made = back_up(desk, tmp_path, no_progress)
    with desk.look() as rows:
        identities = [parse_identities(text)[0] for text in rows.scalars(select(EpochRow.secret))]
        [kept] = kept_apart(rows, 1)
        attachments = details(rows, 1).attachments
    found = [
        everything_at_rest(desk),
        database_in_the_clear(desk),
        OpeningReader(io.BytesIO(row), identities).read(),
        pages_in_the_clear(made.folder / "vault.db", desk.unlocked.database_key),
        *(path.read_bytes() for path in made.folder.rglob("*") if path.is_file()),
    ]
    for one in attachments:
        with desk.attachments.open(one.file, one.seed) as file:
            found.append(file.read())
    spelled = [AMINA.encode(), AMINA.encode().hex().encode(), AMINA.encode("utf-16-le"), b"namecanary"]
    assert [words for words in spelled for place in found if words in place] == []
    assert len(identities) > 0
    with pytest.raises(NoMatchError):
        SourceName(sealed=Sealed(kept.sealed)).opened(identities)
    assert kept.sealed in database_in_the_clear(desk), "it is there, sealed, and in the backup too"
    assert kept.sealed in found[3]
    assert SourceName(sealed=Sealed(kept.sealed)).opened([second.identity]) == AMINA


def test_with_the_spare_key_alone_neither_report_nor_name_is_reached(
    org: Organisation, desk: Vault, carry: Carry, second: Second
) -> None:
    row = org.waiting[org.report("They took the files.", name=apart(org), consent=APART)]
    with pytest.raises(NoMatchError):
        read_submission(io.BytesIO(row), [second.identity])
    carry()
    sealed = apart(org).sealed
    assert sealed[:40] == b"age-encryption.org/v1\n-> mlkem768x25519 "
    assert b"-> mlkem768x25519 " not in row[40:], "not even that there is a name"
    assert b"-> mlkem768x25519 " not in everything_at_rest(desk).replace(row, b"")
    assert AMINA.encode() not in everything_at_rest(desk)


def test_after_it_was_shown_a_name_stands_nowhere(org: Organisation, desk: Vault, carry: Carry, second: Second) -> None:
    one_case(org, carry, apart(org))
    said = second.opens()
    assert AMINA in said
    secret = read_key_file(second.file, KEYS_PASSPHRASE).secret.encode()
    for at_rest in (database_in_the_clear(desk), everything_at_rest(desk)):
        assert b"namecanary" not in at_rest
        assert secret not in at_rest


@pytest.mark.parametrize("kept", [True, False])
def test_no_name_reaches_a_lead_a_letter_or_the_log(
    org: Organisation, carry: Carry, lead: Lead, second: Second, *, kept: bool
) -> None:
    desk, folder = second.desk, second.passphrase.parent
    name = apart(org) if kept else SourceName(AMINA)
    one_case(org, carry, name, Consent(frozenset({Audience.LEADS}), name_apart=kept))
    forward(desk, 1, Wish(("anna",), "A title", "A summary", risks=NO_RISK), reviewer_key(desk))
    append_pending(desk)
    sent = send(desk, folder, no_progress)
    lead.take(sent)
    at_leads = b"".join(path.read_bytes() for path in lead.store.folder.rglob("*") if path.is_file())
    outgoing = b"".join(path.read_bytes() for path in (*sent.files, *desk.outgoing.iterdir()))
    with desk.look() as rows:
        [row] = details(rows, 1).names
    for place in (at_leads, outgoing):
        assert b"namecanary" not in place
        assert not row.sealed or row.sealed not in place
        assert b"name_apart" not in place


def test_destroying_a_case_destroys_its_name(org: Organisation, desk: Vault, carry: Carry, second: Second) -> None:
    source = one_case(org, carry, apart(org))
    later(org, source, carry, SourceName("Bea clearcanary"))
    second.opens("--reason", "whycanary")
    with desk.look() as rows:
        [row] = kept_apart(rows, 1)
    close(desk)
    words = (row.sealed, b"clearcanary", b"whycanary")
    assert all(one in database_in_the_clear(desk) for one in words)
    destroy_case(desk, 1)
    assert [one for one in words if one in database_in_the_clear(desk)] == []
    assert "open name" in typed(desk, "history", 1)
    assert "was destroyed" in typed(desk, "name", 1, "--spare-key", second.file, code=1)


def test_a_backup_holds_the_name_as_it_is_kept(
    org: Organisation, desk: Vault, carry: Carry, tmp_path: Path, second: Second
) -> None:
    one_case(org, carry, apart(org))
    made = back_up(desk, tmp_path, no_progress)
    with Vault.open(made.folder, PASSPHRASE) as copy, copy.look() as rows:
        [row] = kept_apart(rows, 1)
        assert SourceName(sealed=Sealed(row.sealed)).opened([second.identity]) == AMINA
