from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from keys.opening.amendment import Amendment, Group, amend
from keys.opening.ceremony import Plan, hold_ceremony
from keys.opening.errors import OpeningError, WrongPassphraseError
from keys.opening.key_files import read_key_file
from keys.opening.lead_card import LeadCard
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.openpgp_keys import check_pair
from keys.opening.passphrases import Passphrases
from keys.sealing.age import HybridIdentity
from keys.sealing.errors import FormatError
from keys.sealing.key_file import read_plain_key_file
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Contact, Policy, PublicBundle

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


PASSPHRASES = Passphrases(
    "", "", "of the desk's new file", "of the spare desk's new file", {"chisomo": "of the new reviewer's file"}
)
NOBODY = Passphrases("", "", "", "")
ANEW = ("amina", "tiwonge")
OWN = Passphrases("", "", "", "", {name: f"of {name}'s own file" for name in ANEW})
Opened = tuple[PublicBundle, SigningKey]


def card(name: str) -> LeadCard:
    key = SigningKey.generate(f"lead/{name}")
    return LeadCard(name, key.verify_key, str(HybridIdentity.generate().recipient()))


@pytest.fixture(scope="module")
def opened(plan: Plan, passphrases: Passphrases, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    folder = tmp_path_factory.mktemp("ceremony")
    more = replace(
        plan,
        leads=(card("bo"), card("cy")),
        contacts=(Contact("Lifeline", "+000 111"), Contact("Lawyer", "+000 222")),
        policy=Policy(signatures_desk_lost=2),
    )
    done = hold_ceremony(more, passphrases, folder)
    return done.bundle, read_key_file(folder / "take-away/root.key.age", passphrases.root).signing_key()


def amendment(today: date, **changes: Any) -> Amendment:
    return Amendment(today, log_n=LOWEST_LOG_N, **changes)


def names(bundle: PublicBundle, group: str) -> list[str]:
    return [key.name for key in getattr(bundle, group)]


def test_a_reviewer_joins_with_a_key_file_and_another_leaves(opened: Opened, day: date, tmp_path: Path) -> None:
    bundle, root = opened
    change = amendment(day, reviewers=Group(("chisomo",), ("amina",)))
    done = amend(bundle, root, change, PASSPHRASES, tmp_path)
    assert names(done.bundle, "reviewers") == ["open-harbour/reviewer/tiwonge", "open-harbour/reviewer/chisomo"]
    path = "reviewers/chisomo/reviewer-chisomo.key.age"
    key = read_key_file(tmp_path / path, PASSPHRASES.of_signer("chisomo")).signing_key()
    assert key.verify_key == done.bundle.reviewers[1]
    assert done.files == (path,)
    assert {one.stat().st_mode & 0o777 for one in (tmp_path / "reviewers", tmp_path / "reviewers/chisomo")} == {0o700}
    assert [(one.whose, one.words) for one in done.added] == [
        ("open-harbour/reviewer/chisomo", key.verify_key.fingerprint_words())
    ]
    assert [one.hex for one in done.retired] == [bundle.reviewers[0].fingerprint_hex()]


def test_the_new_bundle_replaces_the_one_in_use_and_keeps_what_was_not_named(
    opened: Opened, day: date, tmp_path: Path
) -> None:
    bundle, root = opened
    done = amend(bundle, root, amendment(day, policy={"days_without_bundle": 10}), NOBODY, tmp_path)
    read = PublicBundle.from_note((tmp_path / "public-bundle.note").read_bytes(), root.verify_key)
    assert read == done.bundle == bundle.replaced_by(read)
    assert read == replace(bundle, serial=2, policy=replace(bundle.policy, days_without_bundle=10))
    assert [path.name for path in tmp_path.iterdir()] == ["public-bundle.note"]
    assert (done.added, done.retired, done.files) == ((), (), ())


def test_machines_get_new_keys_that_lie_open_for_them(opened: Opened, day: date, tmp_path: Path) -> None:
    bundle, root = opened
    change = amendment(day, servers=Group(("2",), ("1",)), couriers=Group(("1",), ("open-harbour/courier/1",)))
    done = amend(bundle, root, change, NOBODY, tmp_path)
    assert done.files == ("server/server.key", "courier/courier.key")
    for path, group in zip(done.files, ("servers", "couriers"), strict=True):
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o600
        assert (read_plain_key_file(tmp_path / path).signing_key().verify_key,) == getattr(done.bundle, group)
    assert names(done.bundle, "servers") == ["open-harbour/server/2"]
    assert done.bundle.couriers != bundle.couriers, "another key under the same name"


def test_leads_come_with_their_cards_and_go_by_name(opened: Opened, day: date, tmp_path: Path) -> None:
    bundle, root = opened
    new = card("dalitso")
    done = amend(bundle, root, amendment(day, leads=(new,), retired_leads=("bo",)), NOBODY, tmp_path)
    assert done.bundle.leads == (bundle.leads[1], new.verify_key)
    assert done.files == ()


def test_contacts_are_added_changed_and_taken_away(opened: Opened, day: date, tmp_path: Path) -> None:
    bundle, root = opened
    change = (Contact("Lawyer", "+000 333"), Contact("Lifeline", ""), Contact("Doctor", "+000 444"))
    done = amend(bundle, root, amendment(day, contacts=change), NOBODY, tmp_path)
    assert done.bundle.contacts == (Contact("Lawyer", "+000 333"), Contact("Doctor", "+000 444"))


def test_the_policy_changes_only_where_it_is_named(opened: Opened, day: date, tmp_path: Path) -> None:
    bundle, root = opened
    policy = {"signatures_per_case": 2, "lanes": frozenset({"browser"}), "raw_files": True, "against_consent": True}
    done = amend(bundle, root, amendment(day, policy=policy), NOBODY, tmp_path)
    days = bundle.policy.days_without_bundle
    assert done.bundle.policy == Policy(2, 2, frozenset({"browser"}), days, raw_files=True, against_consent=True)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, "Nothing would change"),
        ({"contacts": (Contact("Lawyer", "+000 222"),)}, "Nothing would change"),
        ({"reviewers": Group(retire=("nobody",))}, "'nobody' is not exactly one of those there: open-harbour/rev"),
        ({"retired_leads": ("bo", "bo")}, "not exactly one"),
        ({"couriers": Group(retire=("1", "1"))}, "those there: nobody"),
        ({"reviewers": Group(retire=("amina", "tiwonge"))}, "fewer reviewers"),
        ({"policy": {"signatures_per_case": 3}}, "needs 3 signatures, but there would be fewer reviewers"),
        ({"retired_leads": ("bo",)}, "A lost desk needs 2 signatures, but there would be fewer leads"),
        ({"policy": {"signatures_desk_lost": 3}}, "A lost desk needs 3 signatures"),
    ],
)
def test_a_senseless_amendment_is_refused_and_leaves_nothing(
    opened: Opened, day: date, tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(OpeningError, match=complaint):
        amend(*opened, amendment(day, **changes), PASSPHRASES, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_there_is_not_given_again(opened: Opened, day: date, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="key name stands twice"):
        amend(*opened, amendment(day, reviewers=Group(add=("amina",))), PASSPHRASES, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_too_few_leads_from_the_beginning_stop_nothing_else(opened: Opened, day: date, tmp_path: Path) -> None:
    bundle, root = opened
    without = replace(bundle, leads=())
    done = amend(without, root, amendment(day, policy={"days_without_bundle": 3}), NOBODY, tmp_path)
    assert done.bundle.policy.days_without_bundle == 3


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reviewers": Group(add=("a b",))}, "cannot be a name"),
        ({"servers": Group(add=("2", "3"))}, "at a time"),
        ({"couriers": Group(add=("2", "3"))}, "at a time"),
    ],
)
def test_new_names_are_checked_before_anything_is_asked(day: date, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(OpeningError, match=complaint):
        amendment(day, **changes)


def test_each_new_reviewer_has_a_key_that_only_the_own_passphrase_opens(
    opened: Opened, day: date, tmp_path: Path
) -> None:
    change = amendment(day, reviewers=Group(("chisomo", "dalitso")), new_openpgp=("main",))
    own = {"chisomo": "of chisomo's own file", "dalitso": "of dalitso's own file"}
    done = amend(*opened, change, replace(PASSPHRASES, reviewers=own), tmp_path)
    of_chisomo, of_dalitso, of_desk = (tmp_path / name for name in done.files)
    assert read_key_file(of_chisomo, own["chisomo"]).signing_key().verify_key == done.bundle.reviewers[2]
    for wrong in (own["chisomo"], PASSPHRASES.desk):
        with pytest.raises(WrongPassphraseError):
            read_key_file(of_dalitso, wrong)
    assert read_key_file(of_desk, PASSPHRASES.desk).secret


def test_passphrases_are_not_printed(opened: Opened, day: date, tmp_path: Path) -> None:
    bundle, root = opened
    done = amend(bundle, root, amendment(day, reviewers=Group(add=("chisomo",))), PASSPHRASES, tmp_path)
    assert PASSPHRASES.of_signer("chisomo") not in repr(done)


def test_a_lost_desk_receives_and_signs_no_more_and_the_spare_one_steps_in(
    opened: Opened, day: date, tmp_path: Path
) -> None:
    bundle, root = opened
    done = amend(bundle, root, amendment(day, lost_desks=("main",), reviewers=Group(ANEW, ANEW)), OWN, tmp_path)
    assert not set(done.bundle.reviewers) & set(bundle.reviewers)
    assert [desk.id for desk in done.bundle.receiving_desks] == ["spare"]
    assert done.bundle.desk_keys == (bundle.desk("spare").verify_key,)
    assert done.bundle.desk("main") == replace(bundle.desk("main"), lost=True)


def test_no_key_from_a_lost_desk_s_vault_stays_in_force_unless_it_was_never_there(
    opened: Opened, day: date, tmp_path: Path
) -> None:
    bundle, root = opened
    one = amendment(day, lost_desks=("main",), reviewers=Group(("amina",), ("amina",)))
    with pytest.raises(OpeningError, match="The keys of tiwonge lay in the lost desk's vault too") as refused:
        amend(bundle, root, one, OWN, tmp_path)
    assert "Add: --retire-reviewer tiwonge --add-reviewer tiwonge." in str(refused.value)
    with pytest.raises(OpeningError, match="'eve' is not exactly one of those there"):
        amend(bundle, root, replace(one, kept_reviewers=("eve",)), OWN, tmp_path)
    assert not list(tmp_path.iterdir())
    done = amend(bundle, root, replace(one, kept_reviewers=("tiwonge",)), OWN, tmp_path)
    assert done.bundle.reviewers[0] == bundle.reviewers[1]


def test_some_desk_must_be_left_and_only_a_desk_can_be_lost(opened: Opened, day: date, tmp_path: Path) -> None:
    with pytest.raises(OpeningError, match="No desk would be left"):
        amend(*opened, amendment(day, lost_desks=("main", "spare"), kept_reviewers=ANEW), PASSPHRASES, tmp_path)
    with pytest.raises(FormatError, match="no desk north"):
        amend(*opened, amendment(day, lost_desks=("north",), kept_reviewers=ANEW), PASSPHRASES, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("desk", "folder"), [("main", "desk"), ("spare", "spare")])
def test_a_desk_gets_its_next_openpgp_key(opened: Opened, day: date, tmp_path: Path, desk: str, folder: str) -> None:
    bundle, root = opened
    done = amend(bundle, root, amendment(day, new_openpgp=(desk,)), PASSPHRASES, tmp_path)
    assert done.files == (f"{folder}/openpgp.key.age",)
    new = done.bundle.desk(desk).openpgp
    check_pair(new, read_key_file(tmp_path / done.files[0], getattr(PASSPHRASES, folder)))
    assert new != bundle.desk(desk).openpgp
    assert [one.whose for one in done.added] == [f"OpenPGP {desk}"]
    (other,) = {"main", "spare"} - {desk}
    assert done.bundle.desk(other) == bundle.desk(other)


def test_other_amendments_keep_the_openpgp_keys(opened: Opened, day: date, tmp_path: Path) -> None:
    bundle, root = opened
    done = amend(bundle, root, amendment(day, lost_desks=("main",), kept_reviewers=ANEW), NOBODY, tmp_path)
    assert [desk.openpgp for desk in done.bundle.desks] == [desk.openpgp for desk in bundle.desks]


def test_a_lost_desk_gets_no_openpgp_key_and_two_at_once_are_one_too_many(
    opened: Opened, day: date, tmp_path: Path
) -> None:
    bundle, root = opened
    lost = replace(bundle, desks=(replace(bundle.desks[0], lost=True), bundle.desks[1]))
    with pytest.raises(OpeningError, match="declared lost"):
        amend(lost, root, amendment(day, new_openpgp=("main",)), PASSPHRASES, tmp_path)
    with pytest.raises(OpeningError, match="one new OpenPGP key at a time"):
        amendment(day, new_openpgp=("main", "spare"))
    assert list(tmp_path.iterdir()) == []
