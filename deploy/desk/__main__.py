"""``make desk``: builds the newest commit for the laptop of the desk."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from deploy.desk.debian import NAME, write_package
from deploy.desk.locked import PYTHONS
from deploy.desk.pyz import write_pyz
from deploy.desk.release import TREE, Release, unsaved
from deploy.desk.sums import NAME as SUMS
from deploy.desk.sums import write_sums
from deploy.desk.trees import build_wheels, plant
from deploy.installation.telling import RefusedError, Step, Teller

EPILOG = """\
example: make desk

What it makes lies in dist/: a Debian package, a .pyz for each Python, and SHA256SUMS, the list of both for people to
compare and to sign. The same commit gives the same bytes, on whichever machine with the same Debian it is built.
"""


def main() -> int:
    """Build."""
    parser = argparse.ArgumentParser(
        prog="make desk", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=TREE / "dist", help="where it goes; what lies there is replaced")
    out = parser.parse_args().out
    os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory(prefix="khomo-desk-") as work:
            _build(Path(work), out, Teller())
    except (RefusedError, OSError) as error:
        sys.stderr.write(f"\nError: {error}\n")
        return 1
    return 0


def _build(work: Path, out: Path, teller: Teller) -> None:
    release = Release.of_tree(work)
    teller.say(f"Building Khomo {release.version} for the desk, commit {release.commit}")
    if unsaved():
        teller.leave("This tree has changes that are in no commit; they are not in what was built. Commit and repeat.")
    made = work / "made"
    made.mkdir()
    teller.take(
        [
            Step("building our own wheels", partial(build_wheels, release)),
            *(Step(f"libraries for Python {python}", partial(plant, release, python)) for python in PYTHONS),
            *(Step(f"one file for Python {python}", partial(write_pyz, release, python, made)) for python in PYTHONS),
            Step("the Debian package", partial(write_package, release, made)),
            Step(f"the list of all, {SUMS}", partial(write_sums, made)),
            Step(f"putting them into {out}", partial(_hand_over, made, out)),
        ]
    )
    teller.end(f"Done. Build the same commit on another machine, and compare {SUMS} (docs/desk-laptop.md).")


def _hand_over(made: Path, out: Path) -> None:
    """Put what was made into a folder, in the place of what an earlier build left there, signatures too."""
    out.mkdir(parents=True, exist_ok=True)
    for pattern in (f"{NAME}*", f"{SUMS}*"):
        for old in out.glob(pattern):
            old.unlink()
    for path in sorted(made.iterdir()):
        shutil.copy(path, out)


if __name__ == "__main__":
    sys.exit(main())
