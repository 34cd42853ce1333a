"""The courier's onion on a real Tor network: who has the key fetches and pushes, everybody else cannot even connect."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.socks import Socks, SocksError
from intake.config import load_config
from intake.store.configured import open_store
from keys.sealing.atomic import atomic_write
from keys.sealing.bundle import UntrustedBundle
from keys.sealing.key_file import KeyFile
from keys.sealing.notes import SigningKey
from tests.intake.courier.conftest import Desk, new_address, new_letter
from tests.intake.world import CONFIG, World
from tests.tor.test_serve import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.rehearsal.private_tor import PrivateTor

pytestmark = pytest.mark.tor

PROGRAM = Path(sys.executable).parent / "khomo-reviewer"
NEEDS_A_KEY = 0xF4
"""Tor's answer to a client that is not authorized (proposal 304); it reads no descriptor, so it knows no way."""


class Laptop:
    """A courier's laptop with a network."""

    def __init__(self, folder: Path, network: PrivateTor) -> None:
        self.folder = folder
        self.additions = folder / "network.torrc"
        self.additions.write_text("\n".join(network.service_lines()) + "\n")

    def run(self, *words: str | Path) -> str:
        done = subprocess.run(
            [PROGRAM, "courier", *words], capture_output=True, text=True, timeout=240, check=False, cwd=self.folder
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def carry(self, *words: str | Path) -> str:
        return self.run(*words, "--home", "courier", "--torrc-additions", self.additions)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def folder(private_tor: PrivateTor, world: World) -> Iterator[Path]:
    """A server's folder and a laptop's, with a courier in the public bundle."""
    courier = SigningKey.generate("courier")
    with tempfile.TemporaryDirectory(prefix="kh-") as name:
        folder = Path(name)
        world.write_papers(folder)
        bundle = replace(world.bundle(), couriers=(courier.verify_key,))
        (folder / "public-bundle.note").write_bytes(bundle.to_note(world.root))
        atomic_write(folder / "courier.key", KeyFile.of_signing_key(courier).to_json())
        (folder / "more").write_text("\n".join(private_tor.service_lines()) + "\n")
        yield folder


def test_a_laptop_that_is_let_in_fetches_and_pushes_and_nobody_else_connects(
    private_tor: PrivateTor, folder: Path, world: World
) -> None:
    laptop = Laptop(folder, private_tor)
    papers = ("--key", "courier.key", "--root", "root.pub", "--bundle", "public-bundle.note")
    said = laptop.run("init", "courier", *papers)
    table = "[courier]\n" + re.findall(r"^clients = .*\n", said, re.MULTILINE)[0]
    (folder / "config.toml").write_text(f'{CONFIG}[onion]\ntorrc_additions = "more"\n{table}')
    serving = Serving(folder)
    try:
        serving.wait_for("For couriers who are let in")
        onion = re.findall(r"let in:  ([a-z2-7]{56}\.onion)", serving.said())[0]
        assert onion != serving.address()
        file = Path(re.findall(r"(\S+\.bundle) is here", laptop.carry("fetch", "--onion", onion, folder))[0])
        UntrustedBundle(file).verify([world.server_key.verify_key])
        desk = Desk(world.desk_key, world.server_key, folder)
        desk.read(file)
        address, letter = new_address(), new_letter()
        assert "took bundle 1 in: 1 letters" in laptop.carry("push", desk.write({address: letter}))
        config = load_config(folder / "config.toml")
        with open_store(config) as store:
            assert store.letter(address) == letter
        with pytest.raises(SocksError) as refused:
            Socks(private_tor.address, private_tor.socks_port, os.urandom(8).hex()).connect(onion, 80, 60)
        assert refused.value.code == NEEDS_A_KEY
    finally:
        serving.stop()
