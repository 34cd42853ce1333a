from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from keys.opening.ceremony import Plan, hold_ceremony
from keys.opening.errors import OpeningError
from keys.opening.key_files import read_key_file
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.renewal import Renewal, renew
from keys.sealing.errors import FormatError
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    from pathlib import Path

    from keys.opening.passphrases import Passphrases
    from keys.sealing.notes import SigningKey

PASSPHRASE = "of the new epoch's file"


@pytest.fixture(scope="module")
def organisation(
    plan: Plan, passphrases: Passphrases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[PublicBundle, SigningKey]:
    folder = tmp_path_factory.mktemp("ceremony")
    done = hold_ceremony(plan, passphrases, folder)
    return done.bundle, read_key_file(folder / "take-away/root.key.age", passphrases.root).signing_key()


def renewal(today: date, desk: str = "main", begins: date | None = None, days: int = 90) -> Renewal:
    return Renewal(desk, today, begins, days, LOWEST_LOG_N)


def test_the_next_epoch_begins_when_the_last_one_ends(
    organisation: tuple[PublicBundle, SigningKey], day: date, tmp_path: Path
) -> None:
    bundle, root = organisation
    renewed, epoch = renew(bundle, root, renewal(day), PASSPHRASE, tmp_path)
    assert epoch.not_before == bundle.desk("main").epochs[0].not_after + timedelta(days=1)
    assert renewed.epoch_for("main", epoch.not_before) == epoch
    assert PublicBundle.from_note((tmp_path / "public-bundle.note").read_bytes(), root.verify_key) == renewed
    assert bundle.replaced_by(renewed) is renewed
    assert (renewed.serial, renewed.salt) == (2, bundle.salt)
    key = read_key_file(tmp_path / f"desk/epoch-{epoch.id}.key.age", PASSPHRASE)
    assert str(key.identity().recipient()) == epoch.recipient


def test_a_late_epoch_begins_today(organisation: tuple[PublicBundle, SigningKey], day: date, tmp_path: Path) -> None:
    bundle, root = organisation
    late = day + timedelta(days=200)
    renewed, epoch = renew(bundle, root, renewal(late), PASSPHRASE, tmp_path)
    assert epoch.not_before == renewed.issued == late


def test_a_spare_desk_gets_its_file_apart_and_a_date_may_be_named(
    organisation: tuple[PublicBundle, SigningKey], day: date, tmp_path: Path
) -> None:
    bundle, root = organisation
    begins = day + timedelta(days=3)
    _, epoch = renew(bundle, root, renewal(day, "spare", begins), PASSPHRASE, tmp_path)
    assert epoch.not_before == begins
    assert (tmp_path / f"spare/epoch-{epoch.id}.key.age").exists()


def test_senseless_renewals_are_refused_and_leave_nothing(
    organisation: tuple[PublicBundle, SigningKey], day: date, tmp_path: Path
) -> None:
    bundle, root = organisation
    with pytest.raises(FormatError, match="no desk"):
        renew(bundle, root, renewal(day, "other"), PASSPHRASE, tmp_path)
    with pytest.raises(OpeningError, match="over before today"):
        renew(bundle, root, renewal(day, begins=date(2020, 1, 1)), PASSPHRASE, tmp_path)
    main, spare = bundle.desks
    raided = replace(bundle, desks=(replace(main, lost=True), spare))
    with pytest.raises(OpeningError, match="declared lost"):
        renew(raided, root, renewal(day), PASSPHRASE, tmp_path)
    assert list(tmp_path.iterdir()) == []
