"""A form file: what is right is read, and what is wrong is told in one go, with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.form import limits
from intake.form.errors import FormError
from intake.form.files import DEFAULT_FORM, form_in_use
from intake.form.model import Choice, Kind, When
from intake.form.reader import parse_form, read_form
from keys.sealing.answers import CODE, FIELD_ID, RESERVED
from keys.sealing.vocabulary import vocabulary

if TYPE_CHECKING:
    from intake.form.errors import Mistake
    from intake.form.model import Form

HERE = Path("form.toml")
GOOD = """\
version = 1
languages = ["en", "fr"]

[[section]]
id = "one"
title = { en = "One", fr = "Un" }

[[section.field]]
id = "about_us"
type = "yes_no"
label = { en = "Is it about us?", fr = "Est-ce de nous ?" }
desk = "outside"

[[section]]
id = "two"
title = { en = "Two", fr = "Deux" }
intro = { en = "More.", fr = "Plus." }
page = "more"
when = { field = "about_us", is = ["yes", "unknown"] }

[[section.field]]
id = "sum"
type = "number"
label = { en = "How much?", fr = "Combien ?" }
help = { en = "A guess.", fr = "Environ." }
required = true

[[section.field]]
id = "how"
type = "choice"
label = { en = "How?", fr = "Comment ?" }
[[section.field.choice]]
code = "cash"
label = { en = "Cash", fr = "Argent" }
[[section.field.choice]]
code = "goods"
label = { en = "Goods", fr = "Biens" }

[[section.field]]
id = "place"
type = "place"
label = { en = "Where?", fr = "O\u00f9 ?" }
countries = ["MW", "ZM"]

[[section.field]]
id = "words"
type = "short_text"
label = { en = "Words?", fr = "Mots ?" }
longest = 20
"""


def parse(text: str) -> Form:
    return parse_form(text, HERE)


def mistakes(text: str) -> tuple[Mistake, ...]:
    with pytest.raises(FormError) as caught:
        parse(text)
    return caught.value.mistakes


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_everything_that_a_file_says_is_in_the_form() -> None:
    form = parse(GOOD)
    assert form.languages == ("en", "fr")
    assert form.pages == ("first", "more")
    one, two = form.sections
    assert two.when == When("about_us", frozenset({"yes", "unknown"}))
    assert two.intro == {"en": "More.", "fr": "Plus."}
    assert [choice.desk for choice in one.fields[0].choices] == ["outside", "", "outside"]
    number, how, place, words = two.fields
    assert (number.kind, number.required) == (Kind.NUMBER, True)
    assert how.choices[1] == Choice("goods", {"en": "Goods", "fr": "Biens"})
    assert place.countries == ("MW", "ZM")
    assert words.longest == 20
    assert form.desks == {"outside"}


def test_what_is_asked_next_follows_from_answers_and_from_nothing_that_is_kept() -> None:
    form = parse(GOOD)
    assert form.opened_by({"about_us": ("no",)}) == frozenset()
    assert form.page_after("first", frozenset()) == ""
    opened = form.opened_by({"about_us": ("unknown",)})
    assert form.page_after("first", opened) == "more"
    assert [section.id for section in form.asked("more", opened)] == ["two"]
    assert form.desk_for({"about_us": ("yes",)}) == form.desk_for({"about_us": ("unknown",)}) == "outside"
    assert form.desk_for({"about_us": ("no",)}) == form.desk_for({}) == ""


def test_with_one_language_a_text_stands_alone() -> None:
    text = re.sub(r'\{ en = ("[^"]*"), fr = "[^"]*" \}', r"\1", GOOD).replace('["en", "fr"]', '["en"]')
    assert parse(text).sections[0].title == {"en": "One"}


def test_a_question_can_offer_the_vocabulary() -> None:
    added = (
        '\n[[section.field]]\nid = "kinds"\ntype = "choices"\nlabel = { en = "?", fr = "?" }\nvocabulary = ["COR"]\n'
    )
    offered = parse(GOOD + added).fields["kinds"].choices
    assert {choice.code: choice.label["fr"] for choice in offered} == {
        code: label for code, label in vocabulary().items() if code.startswith("COR")
    }


HOW = '[[section.field]]\nid = "how"'
MANY = str([*(f"A{one}" for one in "DEFGILMOQRSTUWXZ"), *(f"B{one}" for one in "ABDEFGHIJLMNOQRSTVWYZ")]).replace(
    "'", '"'
)
"""More countries than a page can carry."""

WRONG = {  # what to change: (from, to), the words that mark the line, what is said
    "version": ("version = 1", "version = 2", "version = 2", "version is not known"),
    "version true": ("version = 1", "version = true", "version = true", "version is not known"),
    "unknown key": ("version = 1", "version = 1\ncolour = 2", "colour", "colour is not known here"),
    "near key": ("required = true", "requierd = true", "requierd", "Right would be: required."),
    "language": ('["en", "fr"]', '["en", "xx"]', "languages", '"xx", which is no language'),
    "language code": ('["en", "fr"]', '["en", 4]', "languages", "languages is wrong"),
    "text in one language": (', fr = "Comment ?" }', " }", '{ en = "How?" }', 'lacks "fr"'),
    "text in another language": ('fr = "Biens" }', 'fr = "Biens", de = "W" }', 'de = "W"', '"de", which is no lang'),
    "text bare": ('title = { en = "One", fr = "Un" }', 'title = "One"', 'title = "One"', "is not in every language"),
    "text empty": ('fr = "Comment ?"', 'fr = " "', 'fr = " "', "is empty"),
    "text too long": ('fr = "Un"', f'fr = "{"x" * 81}"', "xxx", "too long"),
    "text missing": ('title = { en = "Two", fr = "Deux" }\n', "", '[[section]]\nid = "two"', "has no title"),
    "type": ('type = "number"', 'type = "float"', 'type = "float"', "is no type of question"),
    "type missing": ('type = "number"\n', "", '[[section.field]]\nid = "sum"', "has no type"),
    "key of another type": ("longest = 20", 'countries = ["MW"]', 'countries = ["MW"]', "countries is not known here"),
    "id": ('id = "sum"', 'id = "Sum!"', 'id = "Sum!"', 'is "Sum!"'),
    "id twice": ('id = "how"', 'id = "sum"', 'id = "sum"', "is there twice"),
    "id of the mailbox": ('id = "how"', 'id = "khomo_act"', "khomo_act", "begins with khomo_"),
    "section twice": ('id = "two"', 'id = "one"', 'id = "one"\ntitle = { en = "Two"', "is there twice"),
    "reserved id of another type": ('id = "sum"', 'id = "child"', 'type = "number"', 'type = "yes_no"'),
    "required": ("required = true", 'required = "yes"', 'required = "yes"', "true or false"),
    "key that no type has": ("longest = 20", "least = 1", "least = 1", "least is not known here"),
    "number with a fraction": ("longest = 20", "longest = 20.5", "longest = 20.5", "a number with a fraction"),
    "country": ('"ZM"]', '"XQ"]', "countries", "no country"),
    "countries too many": ('["MW", "ZM"]', MANY, "countries", "has 37 entries"),
    "one choice": ('[[section.field.choice]]\ncode = "goods"\nlabel = { en = "Goods", fr = "Biens" }\n', "",
                   HOW, "offers less than two answers"),
    "choice twice": ('code = "goods"', 'code = "cash"', HOW, 'offers the code "cash" twice'),
    "choice without a code": ('code = "goods"\n', "", "[[section.field.choice]]\nlabel", "has no code"),
    "vocabulary": ('type = "choice"', 'type = "choice"\nvocabulary = ["ABC"]', "vocabulary", "names what the voc"),
    "condition": ('{ field = "about_us", is = ["yes", "unknown"] }', '"about_us"', "when =", "is no condition"),
    "condition on nothing": ('field = "about_us"', 'field = "nobody"', "when =", "which no question is called"),
    "condition on a later page": ('page = "more"\n', "", "when =", "not asked before it"),
    "condition on a typed answer": ('field = "about_us"', 'field = "sum"', "when =", "whose answer is typed"),
    "condition on no choice": ('"unknown"] }', '"perhaps"] }', "when =", 'waits for "perhaps"'),
    "desk": ('desk = "outside"', 'desk = "../x"', "desk =", 'is "../x"'),
    "desk that no bundle can have": ('desk = "outside"', f'desk = "{"x" * 33}"', "desk =", f'is "{"x" * 33}"'),
    "desk on a later page": ('code = "goods"', 'code = "goods"\ndesk = "outside"', HOW,
                             "names a desk on a later page"),
    "sections as values": ('[[section]]\nid = "one"', '[section]\nid = "one"', "", "is not TOML here"),
    "no fields": (GOOD[GOOD.index('[[section.field]]\nid = "sum"'):], "", '[[section]]\nid = "two"', "asks nothing"),
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG)
def test_a_mistake_is_told_with_its_line_and_with_what_would_be_right(how: str) -> None:
    before, after, mark, said = WRONG[how]
    text = GOOD.replace(before, after, 1)
    assert text != GOOD
    found = mistakes(text)
    if how != "sections as values":
        assert line_of(text, mark) in {one.line for one in found}, found
    assert said in "\n".join(map(str, found))
    assert all(one.right and one.what and one.place for one in found)


def test_all_mistakes_are_told_in_one_go_in_the_order_of_the_file() -> None:
    text = GOOD
    for how in ("version", "required", "type", "desk", "country", "condition on nothing"):
        text = text.replace(*WRONG[how][:2], 1)
    found = mistakes(text)
    assert len(found) == 6
    assert [one.line for one in found] == sorted(one.line for one in found)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb =\n", 2), ("a = 1\n\n\nb = [1,", 4), ("a = 1\na = 2", 2), ("[a]\n[a]\n", 2), ("x = " + "[" * 9999, 1)],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    (found,) = mistakes(text)
    assert found.line == line


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a = 1\nb = '\xff'", "2: the file is not UTF-8"), (b"#" * (limits.FORM_FILE_BYTES + 1), "is too long")],
)
def test_a_file_that_is_no_text_or_too_long_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "form.toml").write_bytes(content)
    with pytest.raises(FormError, match=said):
        read_form(tmp_path / "form.toml")


def test_a_file_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(FormError, match=r"form\.toml:1: the file"):
        form_in_use(tmp_path / "form.toml")


@pytest.mark.parametrize("text", ["", "version = 1\nlanguages = ['en']\nsection = []", "version = 1\nsection = 3"])
def test_a_form_asks_something(text: str) -> None:
    assert any("has no section" in str(one) for one in mistakes(text))


def test_sections_that_are_no_tables_are_told_of() -> None:
    found = mistakes("version = 1\nlanguages = ['en']\nsection = [\n1,\n2]")
    assert [(one.line, one.what) for one in found if one.what == "is no table"] == [
        (4, "is no table"),
        (5, "is no table"),
    ]


def test_too_many_of_a_kind_are_told_of() -> None:
    field = '[[section.field]]\nid = "q{}"\ntype = "date"\nlabel = "When?"\n'
    text = 'version = 1\nlanguages = ["en"]\n[[section]]\nid = "a"\ntitle = "A"\npage = "x"\n'
    many = "".join(field.format(number) for number in range(limits.FIELDS + 1))
    assert "at most 48" in str(FormError(HERE, mistakes(text + many)))
    first = "".join(field.format(number) for number in range(limits.FIRST_PAGE_FIELDS + 1))
    said = str(FormError(HERE, mistakes(text.replace('page = "x"\n', "") + first)))
    assert "asks 9 questions" in said
    assert "weighs about" in said
    two = text + "".join(field.format(n) for n in range(25)) + text[text.index("[[") :].replace('"a"', '"b"')
    said = str(FormError(HERE, mistakes(two + "".join(field.format(n) for n in range(25, 50)))))
    assert "has 50 questions" in said


# Any file.

words = st.sampled_from(
    ["version", "languages", "section", "field", "choice", "id", "title", "page", "when", "is", "type", "label", "help",
     "required", "desk", "vocabulary", "countries", "longest", "yes_no", "choices", "number", "place",
     "en", "COR", "MW", "first", "about_us", "yes", "x y", ""]
)  # fmt: skip
scalars = words | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.dates()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=6), max_leaves=12
)


def toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {toml(one)}' for key, one in value.items()) + " }"
    return str(value)


def never_falls(text: str) -> None:
    found: tuple[Mistake, ...] | None = None
    try:
        parse(text)
    except FormError as error:
        found = error.mistakes
    assert found != ()
    assert all(1 <= one.line <= text.count("\n") + 1 for one in found or ())


@given(st.dictionaries(words, values, max_size=6))
def test_no_toml_makes_the_reader_fall(document: dict[str, object]) -> None:
    never_falls("".join(f'"{key}" = {toml(value)}\n' for key, value in document.items()))


@given(values)
def test_no_section_makes_the_reader_fall(section: object) -> None:
    never_falls(f'version = 1\nlanguages = ["en"]\nsection = [{toml(section)}]')


@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(alphabet="[]{}=.,#\"'\\\n ab1", max_size=4))
def test_no_damage_to_a_form_makes_the_reader_fall(at: int, length: int, instead: str) -> None:
    never_falls(GOOD[:at] + instead + GOOD[at + length :])


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fall(text: str) -> None:
    never_falls(text)


# The form that ships.


def test_the_form_that_ships_asks_what_a_report_needs_and_requires_only_danger() -> None:
    form = form_in_use(None)
    assert DEFAULT_FORM.is_file()
    assert set(RESERVED) <= {field.id for section in form.asked("first") for field in section.fields}
    assert {"who_else", "marked", "suspect", "when", "where", "people", "kinds"} <= form.fields.keys()
    assert [field.id for field in form.fields.values() if field.required] == ["danger"]
    offered = [choice.code for choice in form.fields["kinds"].choices]
    assert sorted(offered) == sorted(vocabulary())
    assert [code[:3] for code in offered] == sorted((code[:3] for code in offered), key=["COR", "CIV", "OTH"].index)
    assert all(FIELD_ID.fullmatch(name) for name in form.fields)
    assert all(CODE.fullmatch(choice.code) for field in form.fields.values() for choice in field.choices)


def test_what_is_about_us_or_dangerous_opens_more_questions() -> None:
    form = form_in_use(None)
    assert form.opened_by({"danger": ("yes",), "about_us": ("unknown",)}) == {"in_danger", "our_people"}
    assert form.opened_by({"danger": ("unknown",), "about_us": ("no",)}) == frozenset()
