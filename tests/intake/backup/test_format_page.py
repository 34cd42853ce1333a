"""The page on the backup says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from intake.backup import contents

PAGE = (Path(__file__).parents[3] / "docs" / "formats" / "server-backup.md").read_text(encoding="utf-8")


def test_the_keys_on_the_page_are_those_of_the_code() -> None:
    source = Path(contents.__file__).read_text(encoding="utf-8")
    body = source.split("def _to_json")[1].split("def ")[0]
    written = set(re.findall(r'^        "(\w+)":', body, re.MULTILINE))
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == written
    assert {"padding", "mailboxes", "onion"} <= written


def test_type_and_numbers_on_the_page_are_those_of_the_code() -> None:
    assert f"`khomo/{contents.KIND}/v{contents.VERSION}`" in PAGE
    assert f"multiple of {contents.PADDED_TO:,} bytes" in PAGE
    assert f"at most {contents.LARGEST_FILE:,} bytes" in PAGE
