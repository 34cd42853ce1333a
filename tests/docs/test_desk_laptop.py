"""What the page on the desk's laptop tells people to type does what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from keys import __version__
from tests.docs import typed

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/desk-laptop.md").read_text(encoding="utf-8")
NEW_KEY = ("gpg", "--batch", "--passphrase", "", "--quick-generate-key")
END_AGENT = ("gpgconf", "--kill", "all")


def section(heading: str) -> str:
    """Return what stands below a heading of the page."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def line(heading: str, start: str) -> str:
    """Return the one line below a heading that begins so."""
    (found,) = (text for text in typed.fenced_lines(section(heading)) if text.startswith(start))
    return found


def test_it_names_what_make_desk_makes() -> None:
    named = set(re.findall(r"^\| `([^`]+)` \|", section("Build it"), re.MULTILINE))
    assert named == {
        f"khomo-desk_{__version__}_amd64.deb",
        "khomo-desk-py311.pyz",
        "khomo-desk-py313.pyz",
        "SHA256SUMS",
    }
    assert f"khomo-desk_{__version__}_amd64.deb" in line("On Debian", "sudo dpkg -i")


def test_it_names_each_package_that_the_desk_s_package_waits_for() -> None:
    control = (ROOT / "deploy/desk/package/control").read_text(encoding="utf-8")
    needed = re.findall(r"([a-z0-9]+)(?: \([^)]*\))?", re.findall(r"^Depends: (.*)$", control, re.MULTILINE)[0])
    every_debian_has = {"libc6", "util", "linux"}
    missing = [name for name in needed if name not in section("On Debian") and name not in every_debian_has]
    assert missing == []


def test_a_list_that_somebody_signed_is_checked_as_it_says_and_a_changed_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text("0" * 64 + "  khomo-desk-py313.pyz\n")
    (exporting,) = (code for code in typed.inline_code(section("Carry it")) if code.startswith("gpg --export"))
    signing, checking = line("Compare it", "gpg --armor"), line("Carry it", "gpgv")
    with tempfile.TemporaryDirectory(prefix="people-") as home:  # short: the agent's socket must fit
        environment = os.environ | {"GNUPGHOME": home}
        made = [[*NEW_KEY, name] for name in ("amina", "yusuf")]
        for words in (*made, ["bash", "-c", signing], ["bash", "-c", exporting], END_AGENT):
            subprocess.run(words, cwd=tmp_path, env=environment, check=True, capture_output=True)
    done = subprocess.run(["bash", "-c", checking], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert 'Good signature from "amina"' in done.stderr
    (tmp_path / "SHA256SUMS").write_text("1" * 64 + "  khomo-desk-py313.pyz\n")
    assert subprocess.run(["bash", "-c", checking], cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_on_tails_the_names_of_the_programs_call_the_one_file(tmp_path: Path) -> None:
    (tmp_path / "Persistent").mkdir()
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    subprocess.run(["bash", "-c", line("On Tails", "printf")], env=environment, check=True)
    source = f"{line('On Tails', 'source')}; alias"
    said = subprocess.run(["bash", "-c", source], env=environment, check=True, capture_output=True, text=True).stdout
    file = "~/Persistent/khomo-desk-py313.pyz"
    programs = ("khomo-caselog", "khomo-keys", "khomo-reviewer")
    assert said.splitlines() == [f"alias {name}='python3 {file} {name}'" for name in programs]
