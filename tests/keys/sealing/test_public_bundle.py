"""The public bundle: every vector, which epoch is used when, what may replace what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.age import HybridIdentity
from keys.sealing.chain import Fork, Replay
from keys.sealing.errors import FormatError, KhomoError, SignatureError
from keys.sealing.limits import OPENABLE_DAYS, PUBLIC_BUNDLE_BYTES
from keys.sealing.public_bundle import Contact, Desk, Epoch, NoEpochError, Policy, PublicBundle
from tests.keys.sealing import public_bundle_forge
from tests.keys.sealing.public_bundle_forge import BUNDLE, FIRST, NOTE
from tests.keys.sealing.signers import DESK, ROOT, SPARE, SPARE_EPOCH, STRANGER
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from pathlib import Path


def test_the_vectors_are_what_the_forge_makes() -> None:
    assert stored("public-bundle") == public_bundle_forge.make()


@vectors("public-bundle", "accept")
def test_good_bundles_are_read_and_signed_again(path: Path) -> None:
    bundle = PublicBundle.from_note(path.read_bytes(), ROOT.verify_key)
    assert bundle.to_note(ROOT) == path.read_bytes()


@vectors("public-bundle", "signature")
def test_bundles_not_signed_by_the_root_key_are_refused(path: Path) -> None:
    with pytest.raises(SignatureError):
        PublicBundle.from_note(path.read_bytes(), ROOT.verify_key)


@vectors("public-bundle", "format")
def test_bundles_with_wrong_content_are_refused(path: Path) -> None:
    with pytest.raises(FormatError):
        PublicBundle.from_note(path.read_bytes(), ROOT.verify_key)


def test_a_bundle_comes_back_whole() -> None:
    assert PublicBundle.from_note(NOTE, ROOT.verify_key) == BUNDLE


def test_a_bundle_over_the_limit_is_not_looked_at() -> None:
    with pytest.raises(FormatError, match="too large"):
        PublicBundle.from_note(NOTE + bytes(PUBLIC_BUNDLE_BYTES), ROOT.verify_key)


# Desks and epochs.


def test_a_desk_is_found_by_its_id() -> None:
    assert BUNDLE.desk("spare").spare
    with pytest.raises(FormatError, match="no desk other"):
        BUNDLE.desk("other")


@pytest.mark.parametrize("day", [FIRST.not_before, FIRST.not_before + timedelta(40), FIRST.not_after])
def test_an_epoch_is_used_from_its_first_to_its_last_day(day: date) -> None:
    assert BUNDLE.epoch_for("desk", day) == FIRST


@pytest.mark.parametrize("day", [FIRST.not_before - timedelta(1), FIRST.not_after + timedelta(1)])
def test_outside_its_days_a_desk_without_epoch_says_what_to_do(day: date) -> None:
    with pytest.raises(NoEpochError, match=f"valid on {day}.*khomo-keys epoch new"):
        BUNDLE.epoch_for("desk", day)


def test_an_epoch_may_last_one_day() -> None:
    one_day = replace(FIRST, not_after=FIRST.not_before)
    bundle = replace(BUNDLE, desks=(replace(BUNDLE.desks[0], epochs=(one_day,)),))
    assert bundle.epoch_for("desk", FIRST.not_before) == one_day


def test_of_two_epochs_the_newer_is_used() -> None:
    newer = Epoch("2026-b", str(SPARE_EPOCH.recipient()), FIRST.not_before + timedelta(10), FIRST.not_after)
    for epochs in [(FIRST, newer), (newer, FIRST)]:
        bundle = replace(BUNDLE, desks=(replace(BUNDLE.desks[0], epochs=epochs),))
        assert bundle.epoch_for("desk", newer.not_before - timedelta(1)) == FIRST
        assert bundle.epoch_for("desk", newer.not_before) == newer


def test_an_epoch_stays_openable_180_days_after_its_pages_expire() -> None:
    assert OPENABLE_DAYS == 180
    assert FIRST.openable_until == date(2027, 10, 27)


def test_reports_go_to_spare_desks_only_when_no_other_is_left() -> None:
    desk, spare = BUNDLE.desks
    assert BUNDLE.receiving_desks == (desk,)
    assert BUNDLE.desk_keys == (DESK.verify_key, SPARE.verify_key)
    lost = replace(desk, lost=True)
    after = replace(BUNDLE, desks=(lost, spare))
    assert after.receiving_desks == (spare,)
    assert after.desk_keys == (SPARE.verify_key,)
    assert replace(BUNDLE, desks=(lost,)).receiving_desks == ()


# Construction is as strict as reading.


def test_wrong_values_are_refused_where_they_are_made() -> None:
    for wrong in (
        lambda: replace(FIRST, recipient="age1pq1x"),
        lambda: replace(FIRST, id="A"),
        lambda: replace(FIRST, not_before=FIRST.not_after + timedelta(1)),
        lambda: Desk("", "", DESK.verify_key, ()),
        lambda: replace(BUNDLE.desks[0], openpgp="no key"),
        lambda: Policy(signatures_per_case=0),
        lambda: Policy(lanes=frozenset({"A"})),
        lambda: replace(BUNDLE, serial=0),
        lambda: replace(BUNDLE, salt=b""),
        lambda: replace(BUNDLE, reviewers=(DESK.verify_key,)),
    ):
        with pytest.raises(FormatError):
            wrong()


# Replacing.


def test_a_higher_serial_replaces_a_lower() -> None:
    newer = replace(BUNDLE, serial=BUNDLE.serial + 1, contacts=())
    assert BUNDLE.replaced_by(newer) is newer


def test_the_same_bundle_changes_nothing() -> None:
    assert BUNDLE.replaced_by(PublicBundle.from_note(NOTE, ROOT.verify_key)) == BUNDLE


def test_an_older_bundle_is_a_replay() -> None:
    with pytest.raises(Replay):
        BUNDLE.replaced_by(replace(BUNDLE, serial=BUNDLE.serial - 1))


def test_two_bundles_of_one_serial_are_a_fork() -> None:
    with pytest.raises(Fork, match=r"serial 3.*make the later one again, from the bundle that is in use"):
        BUNDLE.replaced_by(replace(BUNDLE, organisation="Other"))


def test_the_salt_stays() -> None:
    with pytest.raises(FormatError, match="salt"):
        BUNDLE.replaced_by(replace(BUNDLE, serial=BUNDLE.serial + 1, salt=bytes(16)))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
policies = st.builds(
    Policy,
    signatures_per_case=st.integers(1, 9),
    signatures_desk_lost=st.integers(1, 9),
    lanes=st.frozensets(st.sampled_from(["arrival", "browser", "presealed"])),
    days_without_bundle=st.integers(1, 99),
    raw_files=st.booleans(),
    against_consent=st.booleans(),
)


bundles = st.builds(
    PublicBundle,
    serial=st.integers(1, 2**53 - 1),
    issued=st.dates(),
    organisation=texts,
    salt=st.binary(min_size=16, max_size=64),
    desks=st.sampled_from([(), BUNDLE.desks, BUNDLE.desks[::-1]]),
    contacts=st.lists(st.builds(Contact, texts, texts)).map(tuple),
    policy=policies,
)


@settings(deadline=None)
@given(bundles)
def test_any_bundle_comes_back(bundle: PublicBundle) -> None:
    assert PublicBundle.from_note(bundle.to_note(ROOT), ROOT.verify_key) == bundle


@settings(deadline=None)
@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_byte_of_a_bundle_can_change(position: int, change: int) -> None:
    changed = bytearray(NOTE)
    changed[position] ^= change
    with pytest.raises(KhomoError):
        PublicBundle.from_note(bytes(changed), ROOT.verify_key)


# Who keeps names apart.

SPARE_TEXT = str(SPARE_EPOCH.recipient())
MAIN, SPARE_DESK = BUNDLE.desks
NEXT = HybridIdentity.from_seed(b"\x13" * 32)
WITHOUT_END = replace(SPARE_DESK, epochs=(replace(SPARE_DESK.epochs[0], not_after=date(2026, 11, 2)),))
SECOND = replace(
    SPARE_DESK,
    id="spare-two",
    verify_key=STRANGER.verify_key,
    epochs=(replace(SPARE_DESK.epochs[0], id="spare-b", recipient=str(NEXT.recipient())),),
)


@pytest.mark.parametrize(
    ("desks", "recipient"),
    [
        (BUNDLE.desks, SPARE_TEXT),
        ((SPARE_DESK, MAIN), SPARE_TEXT),
        ((MAIN,), None),
        ((SPARE_DESK,), None),
        ((replace(MAIN, lost=True), SPARE_DESK), None),
        ((MAIN, replace(SPARE_DESK, lost=True)), None),
        ((MAIN, WITHOUT_END), None),
        ((MAIN, WITHOUT_END, SECOND), str(NEXT.recipient())),
        ((MAIN, SPARE_DESK, SECOND), SPARE_TEXT),
    ],
    ids=[
        "a spare desk", "named first", "none", "the only one", "in use after a raid", "lost itself",
        "its epoch is over", "the next one", "two",
    ],
)  # fmt: skip
def test_names_are_kept_apart_by_a_spare_desk_that_receives_nothing(
    desks: tuple[Desk, ...], recipient: str | None
) -> None:
    assert replace(BUNDLE, desks=desks).apart_recipient(date(2026, 11, 20)) == recipient
