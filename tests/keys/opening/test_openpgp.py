from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from keys.opening.errors import OpenPgpError
from keys.opening.openpgp import read_openpgp_key
from tests.gnupg_home import Gpg, gnupg_home_of_three

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def gpg() -> Iterator[Gpg]:
    with gnupg_home_of_three() as run:
        yield run


@pytest.fixture(scope="module")
def armored(gpg: Gpg) -> Callable[[str], str]:
    return lambda who: gpg("--armor", "--export", who).decode()


@pytest.fixture
def own_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for everything temporary, short enough for sockets, to see what is left in it."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    ("who", "complaint"), [("signer@example.org", "cannot be encrypted to"), ("old@example.org", "has expired")]
)
def test_keys_that_cannot_be_encrypted_to_are_refused_with_the_reason(
    armored: Callable[[str], str], who: str, complaint: str
) -> None:
    with pytest.raises(OpenPgpError, match=complaint):
        read_openpgp_key(armored(who))


def test_a_key_is_read_and_nothing_is_left_and_nothing_runs_on(armored: Callable[[str], str], own_tmp: Path) -> None:
    key = read_openpgp_key(armored("lead@example.org"))
    assert key.owners == ("Lead <lead@example.org>",)
    assert len(key.fingerprint) == 40
    assert list(own_tmp.iterdir()) == []
    running = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in running if str(own_tmp) in line]


def test_a_revoked_key_is_refused(gpg: Gpg) -> None:
    with tempfile.TemporaryDirectory(prefix="lead-") as home:
        run = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        subprocess.run([*run, "--quick-generate-key", "Gone", "default", "default", "never"], check=True, timeout=60)
        (certificate,) = (Path(home) / "openpgp-revocs.d").iterdir()
        text = certificate.read_text().replace(":-----BEGIN", "-----BEGIN")
        subprocess.run([*run, "--import"], input=text.encode(), check=True, timeout=60)
        key = subprocess.run([*run, "--armor", "--export"], capture_output=True, check=True, timeout=60).stdout.decode()
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)
    with pytest.raises(OpenPgpError, match="was revoked"):
        read_openpgp_key(key)


def test_texts_that_are_not_one_public_key_are_refused(gpg: Gpg, armored: Callable[[str], str]) -> None:
    both = gpg("--armor", "--export").decode()
    secret = gpg("--armor", "--export-secret-keys", "lead@example.org").decode()
    lead = armored("lead@example.org")
    for text, complaint in (
        ("hello", "not one armored"),
        (lead + armored("signer@example.org"), "not one armored"),
        (both, "3 usable keys"),
        (secret, "private key"),
        (lead.replace("\n", "\nx", 5), "0 usable keys"),
    ):
        with pytest.raises(OpenPgpError, match=complaint):
            read_openpgp_key(text)


def test_a_machine_without_gnupg_is_told_what_to_install(
    armored: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = armored("lead@example.org")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("gpg") is None
    with pytest.raises(OpenPgpError, match="Install the package gnupg"):
        read_openpgp_key(text)
