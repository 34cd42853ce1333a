"""docs/formats/form.md says what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from intake.form import limits
from intake.form.errors import FormError
from intake.form.files import DEFAULT_FORM
from intake.form.meaning import RESERVED_PREFIX
from intake.form.model import FIRST_PAGE, YES_NO_CODES, Kind
from intake.form.reader import parse_form
from keys.sealing.answers import RESERVED
from keys.sealing.vocabulary import vocabulary

PAGE = (Path(__file__).parents[3] / "docs/formats/form.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]


def test_the_example_is_a_form() -> None:
    form = parse_form(EXAMPLE, Path("form.toml"))
    assert form.pages == ("first", "money")
    assert form.desks == {"outside"}


@pytest.mark.parametrize("value", [*Kind, *RESERVED, *YES_NO_CODES, FIRST_PAGE, RESERVED_PREFIX])
def test_every_type_and_name_stands_on_the_page(value: str) -> None:
    assert f"`{value}`" in PAGE


@pytest.mark.parametrize("part", sorted({code[:3] for code in vocabulary()}))
def test_every_part_of_the_vocabulary_stands_on_the_page(part: str) -> None:
    assert f"`{part}`" in PAGE


@pytest.mark.parametrize(
    "limit",
    [limits.SECTIONS, limits.FIELDS, limits.FIRST_PAGE_FIELDS, limits.COUNTRIES, limits.TITLE, limits.QUESTION,
     limits.HELP, limits.SHORT_TEXT, limits.LONG_TEXT, limits.FIRST_PAGE_BYTES, limits.OTHER_PAGE_BYTES],
)  # fmt: skip
def test_every_limit_stands_on_the_page(limit: int) -> None:
    assert re.search(rf"\b{limit:,}\b", PAGE)


def told_keys(heading: str) -> set[str]:
    """Return the keys that a table of the page names in its first column."""
    table = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0].split("| type |")[0]
    return set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`\w+`(?:, `\w+`)*) ", table, re.MULTILINE))))


def known_keys(place: str, keys: str = "") -> set[str]:
    """Return the keys that the reader names where it does not know one."""
    text = {
        "file": f"zzzz = 1\n{keys}",
        "section": f"[[section]]\nzzzz = 1\n{keys}",
        "field": f"[[section]]\n[[section.field]]\nzzzz = 1\n{keys}",
    }[place]
    with pytest.raises(FormError) as caught:
        parse_form(text, Path("form.toml"))
    (said,) = (one.right for one in caught.value.mistakes if "zzzz" in one.place)
    return set(re.findall(r"\w+", said.removeprefix("one of ")))


def test_the_keys_of_the_page_are_those_of_the_reader() -> None:
    assert told_keys("The file") == known_keys("file") - {"section"}
    assert told_keys("`[[section]]`") == known_keys("section") - {"field"}
    of_fields = set().union(*(known_keys("field", f'type = "{kind}"') for kind in Kind))
    assert told_keys("`[[section.field]]`") == of_fields - {"choice"}


def test_the_form_that_ships_uses_no_key_that_the_page_does_not_tell() -> None:
    document = tomllib.loads(DEFAULT_FORM.read_text(encoding="utf-8"))
    sections = document.pop("section")
    used = set(document) | {key for section in sections for key in section}
    used |= {key for section in sections for field in section["field"] for key in field}
    assert used - {"field", "choice"} <= {*told_keys("The file"), *told_keys("`[[section]]`"),
                                          *told_keys("`[[section.field]]`")}  # fmt: skip
