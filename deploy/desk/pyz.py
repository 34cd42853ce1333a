"""One file for one Python, for systems on which nothing can be installed (Tails): made by shiv, packed anew by us.

shiv takes the files of its own part in the order and with the modes in which they lie on the disk. So the bytes are
packed once more, sorted, with one mode and one time: the same commit gives the same file.
"""

from __future__ import annotations

import shutil
import sys
import time
import zipfile
from typing import TYPE_CHECKING

from deploy.desk import launch

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.desk.locked import Python
    from deploy.desk.release import Release

SHEBANG = "/usr/bin/python3"
ENTRY = "khomo_desk_launch:carried"
_MODE = 0o100644 << 16
_LEVEL = 6


def write_pyz(release: Release, python: Python, out: Path) -> None:
    """Write the file for one Python."""
    beside = release.work / f"{python.name}-launch"
    beside.mkdir()
    shutil.copyfile(release.sources / "deploy/desk/launch.py", beside / "khomo_desk_launch.py")
    (beside / launch.BUILT_FOR).write_text(f"{python.major}.{python.minor}")
    raw = release.work / f"{python.name}.pyz"
    given = ("--site-packages", release.tree(python.name), "--site-packages", beside)
    how = ("--uncompressed", "--reproducible", "-p", SHEBANG, "-e", ENTRY, "-o", raw)
    release.timed(sys.executable, "-I", "-m", "shiv", *given, *how)
    _pack_anew(raw, out / f"khomo-desk-{python.name}.pyz", time.gmtime(release.epoch)[:6])


def _pack_anew(raw: Path, packed: Path, day: tuple[int, int, int, int, int, int]) -> None:
    with packed.open("wb") as file:
        file.write(f"#!{SHEBANG}\n".encode())
        with zipfile.ZipFile(raw) as old, zipfile.ZipFile(file, "w") as new:
            for name in sorted(old.namelist()):
                member = zipfile.ZipInfo(name, day)
                member.external_attr = _MODE
                new.writestr(member, old.read(name), zipfile.ZIP_DEFLATED, _LEVEL)
    packed.chmod(0o755)
