"""What the pages tell people to type is there, and every way from page to page leads somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from reviewer import words
from tests.docs import typed

ROOT = Path(__file__).resolve().parents[2]
GUIDES = (
    "docs/ceremony-guide.md",
    "docs/operator-guide.md",
    "docs/operator-reference.md",
    "docs/seized-server-runbook.md",
    "docs/lead-guide.md",
    "docs/reviewer-guide.md",
    "deploy/server/README.md",
)
_LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)")


def _tracked(pattern: str) -> list[str]:
    done = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split() if (ROOT / name).is_file()]


def _typed() -> list[tuple[str, str]]:
    found = []
    for page in _tracked("*.md"):
        if page == "CHANGELOG.md":  # it names an option without its value, as one talks of it
            continue
        text = (ROOT / page).read_text()
        found += [(page, line) for line in (*typed.fenced_lines(text), *typed.inline_code(text))]
    return found


def _ours() -> list[tuple[str, str]]:
    """Return what is typed after one of our programs' names; a bare name is only a name."""
    return [(page, line) for page, line in _typed() if line.startswith(tuple(f"{name} " for name in typed.PROGRAMS))]


@pytest.mark.parametrize(("page", "line"), _ours())
def test_every_command_and_option_that_a_page_names_is_there(page: str, line: str) -> None:
    typed.parse(line.replace("COMMAND", "list"))


@pytest.mark.parametrize(
    "page", ["deploy/server/README.md", "docs/operator-guide.md", "docs/reviewer-guide.md", "docs/lead-guide.md"]
)
def test_what_a_page_installs_is_checked_against_hashes_in_a_file_that_is_there(page: str) -> None:
    lines = [line for line in typed.fenced_lines((ROOT / page).read_text()) if "pip install" in line]
    assert len(lines) >= 3
    for line in lines:
        locked = re.findall(r"-r (?:\S*/wheels/)?(\S+\.lock)", line)
        assert bool(locked) == ("--require-hashes" in line), line
        assert locked or "--no-deps" in line, "our own wheels alone have no hashes"
        for name in locked:
            assert (ROOT / "requirements" / Path(name).name).is_file(), name


def test_each_guide_and_the_roadmap_have_commands_of_ours() -> None:
    assert {page for page, _ in _ours()} >= {*GUIDES, "ROADMAP.md", "docs/formats/filing-proof.md"}


def test_every_test_that_a_page_names_is_there() -> None:
    named = {word for _, line in _typed() if "pytest " in line or line.startswith("tests/") for word in line.split()}
    made = (ROOT / ".gitignore").read_text().split()
    paths = {word for word in named if word.startswith("tests/") and "<" not in word and f"{word}/" not in made}
    assert {"tests/journeys/test_whole_journey.py", "tests/keys/opening"} <= paths
    assert [path for path in sorted(paths) if not list(ROOT.glob(path))] == []


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {Path(name).parent.name for name in _tracked("*/__init__.py") if not name.startswith("tests/")}
    assert {"line", "online", "leaflet"} <= rooms
    assert [room for room in sorted(rooms) if not re.search(rf"\b{room}/", text)] == []


def test_every_make_target_that_a_page_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {word for _, line in _typed() if line.startswith("make ") for word in line.split("#")[0].split()[1:]}
    assert {"run", "test"} <= named
    assert {word for word in named if "=" not in word} <= targets


def test_the_makefile_s_help_and_its_targets_name_each_other() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    phony = set(text.split(".PHONY:")[1].splitlines()[0].split())
    told = {word for line in re.findall(r'echo "(.*)"', text) for word in re.findall(r"make ([a-z-]+)", line)}
    assert phony == targets
    assert told <= targets


@pytest.mark.parametrize("page", _tracked("*.md"))
def test_every_link_in_the_tree_leads_to_a_file(page: str) -> None:
    here = (ROOT / page).parent
    links = _LINK.findall((ROOT / page).read_text())
    assert [target for target, _ in links if target and not (here / target).exists()] == []


@pytest.mark.parametrize("page", _tracked("*.md"))
def test_every_link_to_a_heading_finds_it(page: str) -> None:
    for target, anchor in _LINK.findall((ROOT / page).read_text()):
        if anchor:
            there = (ROOT / page).parent / target if target else ROOT / page
            headings = re.findall(r"^#+ (.*)$", there.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{target}#{anchor}"


@pytest.mark.parametrize(
    "line", ["khomo-intake export DEST --agian", "khomo-keys epoch old", "khomo-intake rewrite now", "khomo-keys --new"]
)
def test_a_page_that_is_wrong_would_be_noticed(line: str) -> None:
    with pytest.raises(click.UsageError):
        typed.parse(line)


def test_the_question_about_the_root_key_is_the_one_that_the_program_asks() -> None:
    guide = (ROOT / "docs/reviewer-guide.md").read_text()
    assert f"{words.ASK_ROOT} [y/N]:" in guide
    shown = re.search(r"The root key of [^\n]*:\n {2}(.*)\n", guide)
    assert shown is not None
    assert len(shown[1].split()) == 10
