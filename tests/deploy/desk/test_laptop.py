"""`make desk` gives the same bytes wherever it is run, and they work on a fresh Debian that never sees a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.samples import make_samples
from keys import __version__
from tests.deploy.debian_root import ROOT, DebianRoot, pip_settings
from tests.deploy.desk.laptop import HOME, PERSON, Laptop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.long

PACKAGES = ("python3", "bubblewrap", "util-linux", "gnupg", "gpgv", "libseccomp2")
DEBIANS = {"bookworm": "py311", "trixie": "py313"}
OTHER = {"py311": "py313", "py313": "py311"}
BUILT = {"SHA256SUMS", "khomo-desk-py311.pyz", "khomo-desk-py313.pyz", f"khomo-desk_{__version__}_amd64.deb"}
DEB = f"/media/stick/khomo-desk_{__version__}_amd64.deb"
WORDS = ("--passphrase-file", "words.txt")
LOOK = """
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from pathlib import Path
from reviewer.preview.looking import look
from reviewer.preview.pages import Range
for file in map(Path, sys.argv[2:]):
    with file.open("rb") as source:
        opening, *pages = look(source, file.stat().st_size, Range())
    print(opening.kind, len(pages), all(page.pixels for page in pages))
"""
"""The sandbox, with the libraries of a tree: what its kind is, how many pages, and whether each was drawn."""

VISIT = """
import http.cookiejar, signal, subprocess, sys, urllib.request
signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs this in the background has it ignored
program = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
address = next(line.strip() for line in program.stdout if "http://127.0.0.1:" in line)
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
page = browser.open(address).read().decode()
program.send_signal(signal.SIGINT)
print('name="passphrase"' in page, program.wait())
"""
"""A browser at the desk's pages: whether they ask for the passphrase, and how the program ended."""


@dataclass(frozen=True)
class Build:
    """One run of `make desk`, in a clone of its own.

    Attributes:
        place: the folder of the clone.
        work: where it may put what is in the making.
    """

    place: Path
    work: Path

    @classmethod
    def begun(cls, place: Path, umask: int, **environment: str) -> tuple[Build, subprocess.Popen[bytes]]:
        """Begin one."""
        build = cls(place / "tree", place / "in-the-making")
        build.work.mkdir(parents=True)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(build.place)], check=True)
        given = os.environ | environment | {"TMPDIR": str(build.work)}
        log = (place / "log").open("wb")
        making = subprocess.Popen(["make", "desk"], cwd=build.place, env=given, umask=umask, stdout=log, stderr=log)
        log.close()
        return build, making

    @property
    def dist(self) -> Path:
        """What came out."""
        return self.place / "dist"

    def ended(self, making: subprocess.Popen[bytes]) -> None:
        """Wait until it has ended well."""
        assert making.wait() == 0, (self.place.parent / "log").read_text()[-3000:]


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Build]:
    """Two at a time, by people with other habits, in other places."""
    first, second = (tmp_path_factory.mktemp(name) for name in ("one", "two"))
    begun = [
        Build.begun(first, 0o022),
        Build.begun(second / "further" / "down", 0o077, TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7"),
    ]
    for build, making in begun:
        build.ended(making)
    return [build for build, _ in begun]


@pytest.fixture(params=DEBIANS)
def laptop(
    request: pytest.FixtureRequest, builds: list[Build], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laptop]:
    folder = tmp_path_factory.mktemp("laptop")
    root = DebianRoot.boot(request.param, folder / "disk", folder, folder, PACKAGES)
    laptop = Laptop(root.folder, builds[0].dist)
    laptop.as_root("useradd", "-m", PERSON)
    yield laptop
    shutil.rmtree(root.folder)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file inside one of the files that were built."""
    if path.suffix == ".pyz":
        with zipfile.ZipFile(path) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
    elif path.suffix == ".deb":
        for part in ("--ctrl-tarfile", "--fsys-tarfile"):
            data = subprocess.run(["dpkg-deb", part, str(path)], capture_output=True, check=True).stdout
            with tarfile.open(fileobj=BytesIO(data)) as archive:
                for member in archive:
                    assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "root", "root"), member.name
                    assert member.issym() or member.mode in {0o644, 0o755}, member.name
                    file = archive.extractfile(member) if member.isreg() else None
                    yield member.name, b"" if file is None else file.read()
    else:
        yield path.name, path.read_bytes()


def test_two_people_build_the_same_bytes_that_tell_nothing_of_their_machines(builds: list[Build]) -> None:
    one, other = ({path.name: path.read_bytes() for path in build.dist.iterdir()} for build in builds)
    assert set(one) == BUILT
    assert one == other
    checked = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(checked, cwd=builds[0].dist, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.splitlines()) == sorted(f"{name}: OK" for name in BUILT - {"SHA256SUMS"})
    folders = [str(path) for build in builds for path in (build.place, build.work)]
    indexes = [word for value in pip_settings().values() for word in value.split() if "/" in word]
    traces = [trace.encode() for trace in (*folders, *indexes, str(ROOT / ".venv"), "pypi.org/simple", "in-the-making")]
    for name in BUILT:
        for member, data in _members(builds[0].dist / name):
            assert not [trace for trace in traces if trace in data], f"{name}: {member}"
            assert not member.endswith((".pyc", ".pth", "direct_url.json")), f"{name}: {member}"
            assert not re.search(r"(^|/)intake/", member), f"{name}: {member}"


def _a_vault(laptop: Laptop) -> None:
    """Hold the ceremony on this laptop and make a vault of its keys."""
    laptop.at(f"{HOME}/words.txt").write_text(laptop.as_person("khomo-keys", "passphrase"))
    laptop.as_root("chown", PERSON, f"{HOME}/words.txt")
    laptop.as_root("chmod", "600", f"{HOME}/words.txt")
    who = ("--organisation", "Open Harbour Coalition", "--reviewer", PERSON)
    laptop.as_person("khomo-keys", "ceremony", "keys", *who, *WORDS)
    papers = ("--keys", "keys/desk", "--bundle", "keys/public-bundle.note", "--root", "keys/root.pub", "--yes")
    own = ("--reviewer-keys", f"keys/reviewers/{PERSON}", "--reviewer-keys-passphrase-file", "words.txt")
    laptop.as_person("khomo-reviewer", "init", "vault", *papers, *own, "--keys-passphrase-file", "words.txt", *WORDS)


def _look_at_files(laptop: Laptop, tree: str) -> None:
    """Look at a photo and a PDF through the sandbox, with nothing but a tree."""
    make_samples(laptop.at("/srv"))
    said = laptop.as_person("python3", "-I", "-c", LOOK, tree, "/srv/photo.jpg", "/srv/contract.pdf")
    assert said == "jpeg 1 True\npdf 1 True\n"


def test_a_laptop_that_never_sees_a_network_works_with_either(laptop: Laptop) -> None:
    mine = next(name for suite, name in DEBIANS.items() if laptop.at(f"/usr/bin/python{name[2]}.{name[3:]}").exists())
    laptop.as_root("dpkg", "-i", DEB)
    for program in ("khomo-reviewer", "khomo-caselog", "khomo-keys"):
        assert laptop.as_person(program, "--version") == f"{program}, version {__version__}\n"
    _a_vault(laptop)
    listed = laptop.as_person("khomo-reviewer", "list", "--vault", "vault", *WORDS)
    assert "No case fits." in listed
    _look_at_files(laptop, f"/usr/lib/khomo/{mine}")
    one_file = f"/media/stick/khomo-desk-{mine}.pyz"
    for way in (("khomo-reviewer",), (one_file, "khomo-reviewer")):
        said = laptop.as_person("python3", "-I", "-c", VISIT, *way, "serve", "--vault", "vault")
        assert said == "True 0\n"

    for _ in ("the first time it unpacks itself", "then it is there"):
        assert laptop.as_person(one_file, "khomo-reviewer", "list", "--vault", "vault", *WORDS) == listed
    (unpacked,) = laptop.at(f"{HOME}/.shiv").glob("khomo-*/site-packages")
    _look_at_files(laptop, f"/{unpacked.relative_to(laptop.disk)}")
    laptop.as_person("mkdir", "bin")
    laptop.as_person("ln", "-s", one_file, "bin/khomo-caselog")
    assert laptop.as_person(f"{HOME}/bin/khomo-caselog", "--version").startswith("khomo-caselog, version ")
    other = laptop.as_person(f"/media/stick/khomo-desk-{OTHER[mine]}.pyz", "khomo-keys", code=1)
    assert other.startswith("Error: this was built for Python ")

    assert laptop.as_root("dpkg", "--verify", "khomo-desk") == ""
    laptop.as_root("dpkg", "--purge", "khomo-desk")
    assert not laptop.at("/usr/lib/khomo").exists()
    assert laptop.at(f"{HOME}/vault/vault.db").exists()
