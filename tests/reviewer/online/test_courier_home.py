"""The courier's folder: made once, from papers that fit, and nothing in it opens anything."""

from __future__ import annotations

import base64
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from nacl.public import PrivateKey

from keys.sealing.atomic import atomic_write
from keys.sealing.errors import KhomoError
from keys.sealing.key_file import KeyFile
from keys.sealing.notes import SigningKey
from keys.sealing.onion_address import OnionAddress
from reviewer.commands import main
from reviewer.errors import ReviewerError
from reviewer.online import courier_tor
from reviewer.online.courier_home import CourierHome
from reviewer.online.courier_tor import own_tor
from tests.intake.world import World

EXAMPLE = Path(__file__).resolve().parents[3] / "config.example.toml"
ONION = OnionAddress.parse("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion")


class Papers:
    """What a courier gets from the ceremony."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.courier, world = SigningKey.generate("courier"), World()
        bundle = replace(world.bundle(), couriers=(self.courier.verify_key,))
        self.key, self.root, self.bundle = folder / "courier.key", folder / "root.pub", folder / "bundle.note"
        atomic_write(self.key, KeyFile.of_signing_key(self.courier).to_json())
        self.root.write_text(f"{world.root.verify_key}\n")
        self.bundle.write_bytes(bundle.to_note(world.root))

    def make(self) -> CourierHome:
        return CourierHome.make(self.folder / "home", self.key, self.root, self.bundle)


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


def test_the_line_for_the_server_is_the_public_half_of_what_tor_gets(papers: Papers) -> None:
    home = papers.make()
    public = re.fullmatch(r"descriptor:x25519:([A-Z2-7]{52})", home.client_line)
    private = re.fullmatch(rf"{ONION.host[:56]}:descriptor:x25519:([A-Z2-7]{{52}})\n", home.auth_private(ONION))
    assert public is not None
    assert private is not None
    key = PrivateKey(base64.b32decode(private[1] + "===="))
    assert base64.b32encode(bytes(key.public_key)).decode().rstrip("=") == public[1]


def test_the_folder_and_what_is_in_it_are_for_its_owner_alone(papers: Papers) -> None:
    home = papers.make()
    modes = {path.stat().st_mode & 0o777 for path in (home.folder, *home.folder.iterdir())}
    assert modes <= {0o700, 0o600}


def test_a_folder_that_is_there_stays(papers: Papers) -> None:
    papers.make()
    with pytest.raises(ReviewerError, match="there already"):
        papers.make()


def test_a_key_that_is_no_couriers_makes_no_folder(papers: Papers) -> None:
    papers.key.unlink()
    atomic_write(papers.key, KeyFile.of_signing_key(SigningKey.generate("courier")).to_json())
    with pytest.raises(ReviewerError, match="no such courier"):
        papers.make()
    assert not (papers.folder / "home").exists()


def test_a_bundle_that_the_root_did_not_sign_makes_no_folder(papers: Papers) -> None:
    papers.root.write_text(f"{SigningKey.generate('root').verify_key}\n")
    with pytest.raises(KhomoError):
        papers.make()
    assert not (papers.folder / "home").exists()


def test_half_a_folder_is_removed(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> PrivateKey:
        raise OSError("the disk is full")

    monkeypatch.setattr(PrivateKey, "generate", fail)
    with pytest.raises(OSError, match="disk is full"):
        papers.make()
    assert not (papers.folder / "home").exists()


def test_the_address_is_remembered(papers: Papers) -> None:
    home = papers.make()
    with pytest.raises(ReviewerError, match="--onion"):
        home.onion(None)
    assert home.onion(f"http://{ONION}/") == ONION
    assert home.onion(None) == ONION


def test_a_missing_file_is_named_with_the_command_that_makes_it(papers: Papers) -> None:
    home = papers.make()
    (home.folder / "courier.key").unlink()
    with pytest.raises(ReviewerError, match="courier init"):
        home.signing_key()


def test_init_prints_what_the_operator_needs(papers: Papers) -> None:
    paths = ("--key", papers.key, "--root", papers.root, "--bundle", papers.bundle)
    said = CliRunner().invoke(main, [str(one) for one in ("courier", "init", papers.folder / "home", *paths)])
    assert said.exit_code == 0, said.output
    assert "\n[courier]\n" not in said.stdout, "it stands in the configuration already, and not twice"
    [line] = re.findall(r'^clients = { laptop = "descriptor:x25519:[A-Z2-7]{52}" }$', said.stdout, re.MULTILINE)
    document = tomllib.loads(EXAMPLE.read_text().replace("[courier]\n", f"[courier]\n{line}\n"))
    assert document["courier"]["clients"].keys() == {"laptop"}


def test_without_tor_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_tor, "SBIN", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ReviewerError, match="package tor"), own_tor("x"):
        pass


def test_a_tor_that_does_not_start_is_told(tmp_path: Path) -> None:
    (tmp_path / "torrc").write_text("NoSuchOption 1\n")
    with pytest.raises(ReviewerError, match="did not get into its network"), own_tor("x", tmp_path / "torrc"):
        pass
