"""What the desk's tests share: cheap passphrase work, an organisation, its desk, and every page of a vault's files."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from keys.sealing.notes import SigningKey
from reviewer import leads
from reviewer.inbox import ImportReport, import_bundle
from reviewer.keyring import Organisation as OrganisationFiles
from reviewer.keyring import found_vault, read_desk_keys
from reviewer.trust import accept_public_bundle, public_bundle
from reviewer.vault.vault import Vault
from tests.reviewer.lead import Lead
from tests.reviewer.organisation import DAY, KEYS_PASSPHRASE, Organisation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reviewer.keyring import DeskKeys

PASSPHRASE = "a passphrase of the desk"


class Carry(Protocol):
    """Carries the server's next bundle across the gap."""

    def __call__(self, *, confirm: bool = False, **manifest: Any) -> ImportReport: ...


class Amend(Protocol):
    """Changes what the public bundle says."""

    def __call__(self, *, policy: dict[str, Any] | None = None, **values: Any) -> None: ...


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of argon2id is no part of what these tests ask; one test asks for the real one."""
    monkeypatch.setattr("reviewer.vault.unlock.Cost.__init__.__defaults__", (1, 8 * 1024 * 1024))


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a vault takes for today, from its founding on."""
    _today, *others = Vault.__init__.__defaults__ or ()
    monkeypatch.setattr("reviewer.vault.vault.Vault.__init__.__defaults__", (lambda: DAY, *others))


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """An empty vault, not yet of any organisation."""
    with Vault.create(tmp_path / "vault", "amina", bytes(32), PASSPHRASE) as opened:
        yield opened


@pytest.fixture(scope="session")
def ceremony(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    return Organisation.found(tmp_path_factory.mktemp("ceremony") / "keys")


@pytest.fixture(scope="session")
def desk_keys(ceremony: Organisation) -> DeskKeys:
    """The desk's keys, read once: their passphrase work is no part of what tests ask."""
    return read_desk_keys(ceremony.folder / "desk", KEYS_PASSPHRASE, ceremony.own("amina"))


@pytest.fixture
def org(ceremony: Organisation, tmp_path: Path) -> Organisation:
    """The organisation, with a server that has sent nothing yet."""
    folder = shutil.copytree(ceremony.folder, tmp_path / "keys")
    return Organisation(folder, ceremony.ceremony, ceremony.server, ceremony.chain)


@pytest.fixture
def desk(org: Organisation, desk_keys: DeskKeys, tmp_path: Path) -> Iterator[Vault]:
    """The organisation's desk: its vault, open."""
    files = OrganisationFiles.read(org.bundle_note, org.root_file)
    with found_vault(tmp_path / "desk", files, desk_keys, PASSPHRASE) as opened:
        yield opened


@pytest.fixture
def amend(org: Organisation, desk: Vault) -> Amend:
    """Let the root sign another public bundle, and the desk take it in."""

    def change_bundle(*, policy: dict[str, Any] | None = None, **values: Any) -> None:
        with desk.change() as change:
            old = public_bundle(change.rows)
            values |= {"policy": replace(old.policy, **(policy or {}))}
            accept_public_bundle(change, replace(old, serial=old.serial + 1, **values).to_note(org.root_key))

    return change_bundle


@pytest.fixture
def yusuf(desk: Vault, amend: Amend) -> SigningKey:
    """A second reviewer; the policy allows files as they came."""
    key = SigningKey.generate("harbour/reviewer/yusuf")
    with desk.look() as rows:
        reviewers = public_bundle(rows).reviewers
    amend(reviewers=(*reviewers, key.verify_key), policy={"raw_files": True})
    return key


@pytest.fixture
def carry(org: Organisation, desk: Vault, tmp_path: Path) -> Carry:
    def take(*, confirm: bool = False, **manifest: Any) -> ImportReport:
        path = tmp_path / f"{secrets.token_hex(4)}.bundle"
        return import_bundle(desk, org.bundle(path, **manifest), confirm=confirm)

    return take


@pytest.fixture
def lead(org: Organisation, desk: Vault, tmp_path: Path) -> Lead:
    """Anna, whom the desk knows."""
    anna = Lead("anna", org, tmp_path)
    with desk.change() as change:
        leads.add_lead(change, anna.card)
    return anna
