from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from keys.opening.ceremony import Ceremony, Plan, hold_ceremony, steps
from keys.opening.descriptions import bundle_fingerprints
from keys.opening.errors import OpeningError, WrongPassphraseError
from keys.opening.fingerprints import of_openpgp
from keys.opening.key_files import read_key_file
from keys.opening.lead_card import LeadCard
from keys.opening.new_keys import make_epoch, short_name
from keys.opening.openpgp_keys import check_pair
from keys.sealing.age import HybridIdentity
from keys.sealing.key_file import KeyKind, read_plain_key_file
from keys.sealing.notes import SigningKey, VerifyKey, open_document
from keys.sealing.openpgp_packets import read_public_key
from keys.sealing.public_bundle import Policy, PublicBundle

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from keys.opening.passphrases import Passphrases


@pytest.fixture(scope="module")
def held(plan: Plan, passphrases: Passphrases, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ceremony]:
    folder = tmp_path_factory.mktemp("ceremony") / "keys"
    return folder, hold_ceremony(plan, passphrases, folder)


@pytest.fixture(scope="module")
def folder(held: tuple[Path, Ceremony]) -> Path:
    return held[0]


@pytest.fixture(scope="module")
def done(held: tuple[Path, Ceremony]) -> Ceremony:
    return held[1]


@pytest.fixture(scope="module")
def root(folder: Path) -> VerifyKey:
    return VerifyKey.parse((folder / "root.pub").read_text().strip())


def test_the_layout_is_the_one_that_people_carry_apart(folder: Path, done: Ceremony) -> None:
    desk, spare = (desk.epochs[0].id for desk in done.bundle.desks)
    assert done.files == (
        "courier/courier.key",
        "desk/archive.note",
        "desk/desk.key.age",
        f"desk/epoch-{desk}.key.age",
        "desk/openpgp.key.age",
        "fingerprints.txt",
        "public-bundle.note",
        "reviewers/amina/reviewer-amina.key.age",
        "reviewers/tiwonge/reviewer-tiwonge.key.age",
        "root.pub",
        "server/server.key",
        "spare/desk.key.age",
        f"spare/epoch-{spare}.key.age",
        "spare/openpgp.key.age",
        "take-away/archive.key.age",
        "take-away/root.key.age",
    )
    assert done.files == tuple(sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()))


def test_secrets_are_for_their_owner_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        expected = 0o700 if path.is_dir() else 0o600 if ".key" in path.name else 0o644
        assert path.stat().st_mode & 0o777 == expected, path


def test_the_root_signs_a_bundle_that_names_every_public_key(
    folder: Path, done: Ceremony, root: VerifyKey, passphrases: Passphrases
) -> None:
    bundle = PublicBundle.from_note((folder / "public-bundle.note").read_bytes(), root)
    assert bundle == done.bundle
    assert (bundle.serial, bundle.organisation, len(bundle.salt)) == (1, "Open Harbour", 32)

    def signer(name: str, passphrase: str) -> VerifyKey:
        return read_key_file(folder / name, passphrase).signing_key().verify_key

    main, spare = bundle.desks
    assert signer("take-away/root.key.age", passphrases.root) == root
    assert signer("desk/desk.key.age", passphrases.desk) == main.verify_key
    assert signer("spare/desk.key.age", passphrases.spare) == spare.verify_key
    own = passphrases.reviewers.items()
    assert tuple(signer(f"reviewers/{n}/reviewer-{n}.key.age", words) for n, words in own) == bundle.reviewers
    assert (read_plain_key_file(folder / "server/server.key").signing_key().verify_key,) == bundle.servers
    assert (read_plain_key_file(folder / "courier/courier.key").signing_key().verify_key,) == bundle.couriers


def test_each_desk_has_an_openpgp_key_of_its_own(folder: Path, done: Ceremony, passphrases: Passphrases) -> None:
    for place, desk, passphrase in zip(
        ("desk", "spare"), done.bundle.desks, (passphrases.desk, passphrases.spare), strict=True
    ):
        check_pair(desk.openpgp, read_key_file(folder / place / "openpgp.key.age", passphrase))
        shown = of_openpgp(f"OpenPGP {desk.id}", desk.openpgp)
        assert shown in done.fingerprints
        assert read_public_key(desk.openpgp).fingerprint == shown.hex.replace(" ", "")
        assert len(shown.words.split()) == 10


def test_every_epoch_in_the_bundle_can_be_opened(
    folder: Path, done: Ceremony, passphrases: Passphrases, day: date
) -> None:
    for place, desk, passphrase in zip(
        ("desk", "spare"), done.bundle.desks, (passphrases.desk, passphrases.spare), strict=True
    ):
        (epoch,) = desk.epochs
        key = read_key_file(folder / place / f"epoch-{epoch.id}.key.age", passphrase)
        assert (key.kind, key.id) == (KeyKind.EPOCH, epoch.id)
        assert str(key.identity().recipient()) == epoch.recipient
        assert epoch.not_before == day
    main, spare = done.bundle.desks
    assert main.epochs[0].not_after == day + timedelta(days=89)
    assert spare.spare
    assert spare.epochs[0].not_after > day + timedelta(days=1000)
    assert done.bundle.epoch_for("main", day) == main.epochs[0]


def test_the_desk_knows_the_archive_by_the_roots_signature(
    folder: Path, root: VerifyKey, passphrases: Passphrases
) -> None:
    archive = read_key_file(folder / "take-away/archive.key.age", passphrases.archive)
    body, _ = open_document((folder / "desk/archive.note").read_bytes(), "archive", 1, [root])
    assert body == {"recipient": str(archive.identity().recipient())}
    assert archive.kind is KeyKind.ARCHIVE


def test_fingerprints_are_in_words_and_hex(folder: Path, done: Ceremony, root: VerifyKey) -> None:
    text = (folder / "fingerprints.txt").read_text()
    assert root.fingerprint_words() in text
    assert root.fingerprint_hex() in text
    assert [one.whose.split()[0] for one in done.fingerprints] == [
        "root", "archive", "desk", "epoch", "OpenPGP", "desk", "epoch", "OpenPGP",
        "reviewer", "reviewer", "server", "courier",
    ]  # fmt: skip


def test_two_ceremonies_have_nothing_in_common(
    done: Ceremony, plan: Plan, passphrases: Passphrases, tmp_path: Path
) -> None:
    calls: list[int] = []
    other = hold_ceremony(plan, passphrases, tmp_path, lambda: calls.append(1))
    assert len(calls) == steps(plan)
    assert other.bundle.salt != done.bundle.salt
    assert not {one.hex for one in other.fingerprints} & {one.hex for one in done.fingerprints}


def test_leads_are_named_in_the_bundle(plan: Plan, passphrases: Passphrases, tmp_path: Path) -> None:
    key = SigningKey.generate("lead/chisomo")
    card = LeadCard("chisomo", key.verify_key, str(HybridIdentity.generate().recipient()))
    done = hold_ceremony(replace(plan, leads=(card,)), passphrases, tmp_path)
    assert done.bundle.leads == (key.verify_key,)
    assert done.fingerprints[-1].words == key.verify_key.fingerprint_words()


def test_what_one_person_holds_opens_one_signing_key_of_a_reviewer_at_most(
    folder: Path, passphrases: Passphrases
) -> None:
    """Whoever sets the desk up has its folder and passphrase, the own ones, and may be the keeper of anything else."""
    known = {holder: getattr(passphrases, holder) for holder in ("root", "archive", "desk", "spare")}
    known.update(passphrases.reviewers)
    for path in folder.rglob("reviewer-*"):
        opened_by = [holder for holder, passphrase in known.items() if opens(path, passphrase)]
        assert [f"reviewers/{name}/reviewer-{name}.key.age" for name in opened_by] == [str(path.relative_to(folder))]


def opens(path: Path, passphrase: str) -> bool:
    try:
        return bool(read_key_file(path, passphrase).secret)
    except WrongPassphraseError:
        return False


def test_a_reviewer_without_a_passphrase_stops_the_ceremony(
    plan: Plan, passphrases: Passphrases, tmp_path: Path
) -> None:
    with pytest.raises(OpeningError, match="no passphrase for the key of reviewer tiwonge"):
        hold_ceremony(plan, replace(passphrases, reviewers={"amina": "of amina alone"}), tmp_path / "keys")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_nothing(
    plan: Plan, passphrases: Passphrases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("keys.opening.ceremony.write_plain_key_file", full)
    with pytest.raises(OSError, match="disk full"):
        hold_ceremony(plan, passphrases, tmp_path / "keys")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"short": "Open Harbour"}, "cannot be a name"),
        ({"reviewers": ("a/b",)}, "cannot be a name"),
        ({"organisation": " "}, "no name"),
        ({"policy": Policy(signatures_per_case=3)}, "fewer reviewers"),
    ],
)
def test_a_senseless_plan_is_refused(plan: Plan, change: dict[str, object], complaint: str) -> None:
    with pytest.raises(OpeningError, match=complaint):
        replace(plan, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("organisation", "short"),
    [("Open Harbour", "open-harbour"), ("Wächter & Söhne e.V.", "wachter-sohne-e-v"), ("X" * 50, "x" * 32)],
)
def test_a_short_name_is_made_from_the_full_one(organisation: str, short: str) -> None:
    assert short_name(organisation) == short


def test_a_name_without_latin_letters_asks_for_a_short_one() -> None:
    with pytest.raises(OpeningError, match="cannot be a name"):
        short_name("الباب")


@pytest.mark.parametrize("days", [0, 4000])
def test_an_epoch_of_senseless_length_is_refused(day: date, days: int) -> None:
    with pytest.raises(OpeningError, match="lasts"):
        make_epoch("main", "Desk", day, days)


def test_a_bundle_says_the_fingerprints_of_the_openpgp_keys_that_there_are(done: Ceremony, root: VerifyKey) -> None:
    with_keys = [one.whose for one in bundle_fingerprints(done.bundle, root)]
    desks = tuple(replace(desk, openpgp="") for desk in done.bundle.desks)
    without = [one.whose for one in bundle_fingerprints(replace(done.bundle, desks=desks), root)]
    assert [whose for whose in with_keys if whose not in without] == ["OpenPGP main", "OpenPGP spare"]
