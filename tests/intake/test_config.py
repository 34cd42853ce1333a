from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from intake.combinations import LONGEST_SOCKET_NAME, SOCKET_PATH_BYTES
from intake.config import SECTIONS, Config, ConfigError, load_config, parse_config
from intake.onion.torrc import Layout
from intake.samples import SAMPLES, is_sample
from intake.server.numbers import SERVER_NUMBERS
from intake.settings import fields_of
from intake.store import StoreSettings, open_store
from keys.sealing.public_bundle import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"

SMALLEST = """
[paths]
store_dir = "store"
run_dir = "run"
tor_dir = "tor"
public_bundle = "public-bundle.note"
root_key = "root.pub"
server_key = "server.key"

[door]
opening_days = ["monday"]
about = { en = "We listen." }
[[door.danger_contacts]]
name = "Aid"
reach = "112"
"""


OWN_WORDS = {
    "about": "We listen.",
    "honest_belief": "Since 2019 an honest mistake is no crime here.",
    "safe_authorities": "The auditor general keeps names to herself.",
    "unsafe_authorities": "The hotline of the ministry is read by the ministry.",
    "note": "At night a machine takes your call.",
}


def problems_of(text: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Path("/etc/khomo/config.toml"))
    return {problem.key: f"{problem.what} | {problem.right}" for problem in caught.value.problems}


def changed_example() -> str:
    """Return the example with other words where it says CHANGE."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for key, sample in SAMPLES.items():
        assert text.count(f'"{sample}"') == 1
        text = text.replace(sample, OWN_WORDS[key])
    return text.replace("Example legal aid line", "Aid").replace("+000 000 0000", "112")


def test_the_example_is_accepted_once_it_was_changed() -> None:
    config = parse_config(changed_example(), Path("/etc/khomo/config.toml"))
    assert config.paths.store_dir == Path("/var/lib/khomo/store")
    assert config.door.danger_contacts[0].note == {"en": OWN_WORDS["note"]}
    assert config.limits.submission_bytes == 2 * 1024**3
    assert config.limits.free_space_floor_bytes == 2 * 1024**3


def test_what_the_example_says_of_people_is_refused_each_by_its_key() -> None:
    assert problems_of(EXAMPLE.read_text(encoding="utf-8")) == {
        "door.about": "is still the text of the example | who you are, in your own words",
        "door.honest_belief": "is still the text of the example | what holds in your country, in your own words",
        "door.safe_authorities": "is still the text of the example | what holds in your country, in your own words",
        "door.unsafe_authorities": "is still the text of the example | what holds in your country, in your own words",
        "door.danger_contacts (Example legal aid line) note": (
            "is still the text of the example | when and how it answers, in your own words"
        ),
        "door.danger_contacts (Example legal aid line) name": (
            "is an example | the name of a service that people in danger can turn to"
        ),
        "door.danger_contacts (Example legal aid line) reach": (
            "is +000 000 0000, the example's | where somebody answers"
        ),
    }


@pytest.mark.parametrize("key", SAMPLES)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.removeprefix("Example: "),
        lambda text: "  " + text.removeprefix("Example: ").upper().replace(" ", "  "),
        lambda text: re.sub(r"\w+(?=\W*$)", "Tuesday", text.removeprefix("Example: ")),
        lambda _text: "EXAMPLE We listen.",
    ],
    ids=["as it is", "without the mark", "in other letters", "one word changed", "marked as one"],
)
def test_a_sample_that_people_would_believe_is_refused_until_it_is_the_operator_s_own(
    key: str, change: Callable[[str], str]
) -> None:
    assert is_sample(key, change(SAMPLES[key]))


@pytest.mark.parametrize("key", SAMPLES)
def test_words_of_their_own_are_taken_also_beside_some_of_the_sample(key: str) -> None:
    assert not is_sample(key, OWN_WORDS[key])
    assert not is_sample(key, f"{SAMPLES[key].removeprefix('Example: ')} But that is not all, and we say more here.")


def test_every_language_has_somebody_to_turn_to() -> None:
    two = SMALLEST.replace('["monday"]', '["monday"]\nlanguages = ["en", "fr"]').replace(
        '{ en = "We listen." }', '{ en = "We listen.", fr = "Nous écoutons." }'
    )
    assert set(problems_of(two + 'only_in = ["en"]\n')) == {"door.danger_contacts"}
    assert 'nobody for pages in "fr"' in problems_of(two + 'only_in = ["en"]\n')["door.danger_contacts"]
    other = '[[door.danger_contacts]]\nname = "Aide"\nreach = "15"\nonly_in = ["fr"]\nnote = { fr = "Gratuit." }\n'
    contacts = parse_config(two + 'only_in = ["en"]\n' + other, EXAMPLE).door.danger_contacts
    assert [[one.answers_in(code) for code in ("en", "fr")] for one in contacts] == [[True, False], [False, True]]
    assert set(problems_of(two + other.replace('"fr"', '"es"'))) == {
        "door.danger_contacts (Aide) only_in",
    }
    assert "in every language of its only_in" in str(problems_of(two + other.replace("fr = ", "en = ")))


@pytest.mark.parametrize("name", ["honest_belief", "safe_authorities", "unsafe_authorities"])
def test_a_text_about_the_country_is_in_every_language(name: str) -> None:
    assert getattr(parse_config(SMALLEST, EXAMPLE).door, name) is None
    said = parse_config(SMALLEST.replace("[[door", f'[door.{name}]\nen = "So it is."\n[[door'), EXAMPLE)
    assert getattr(said.door, name) == {"en": "So it is."}
    assert f"door.{name}" in problems_of(SMALLEST.replace("[[door", f'[door.{name}]\nfr = "Ainsi."\n[[door'))


def test_without_a_contact_nothing_starts() -> None:
    assert "danger_contacts" in str(problems_of(SMALLEST[: SMALLEST.index("[[door")]))


def test_what_does_not_go_together_is_told_beside_values_that_cannot_be_read() -> None:
    broken = (
        SMALLEST.replace('run_dir = "run"', "run_dir = 3").replace('"tor"', '"store/tor"').replace('"112"', '"000"')
    )
    found = problems_of(
        broken.replace('opening_days = ["monday"]', "opening_days = 1")
        + '[limits]\nfile_fields = "x"\nupload_slots = 8\nreserved_text_slots = 8\n'
    )
    assert set(found) == {
        *("paths.run_dir", "paths.tor_dir", "door.opening_days", "door.danger_contacts (Aid) reach"),
        *("limits.file_fields", "limits.reserved_text_slots"),
    }
    assert set(problems_of(SMALLEST + "[limits]\nupload_slots = true\nreserved_text_slots = 500\n")) == {
        "limits.upload_slots"
    }


IN_TWO = SMALLEST.replace(
    'about = { en = "We listen." }', 'languages = ["en", "{0}"]\nabout = { en = "We listen.", {0} = "X." }'
)


def test_a_draft_of_a_language_must_be_switched_on_twice() -> None:
    assert problems_of(IN_TWO.replace("{0}", "sw")) == {
        "door.languages": (
            'has "sw", and Swahili is a draft that no native speaker has checked | '
            '"sw" in door.draft_languages too, once somebody has read its pages'
        )
    }
    both = IN_TWO.replace("{0}", "sw").replace("[door]\n", '[door]\ndraft_languages = ["sw"]\n')
    config = parse_config(both, Path("/etc/khomo/config.toml"))
    assert config.door.languages == ("en", "sw")


def test_a_draft_that_no_page_is_in_is_told() -> None:
    told = problems_of(SMALLEST.replace("[door]\n", '[door]\ndraft_languages = ["ny"]\n'))
    assert told == {"door.draft_languages": 'has "ny", which door.languages has not | the same code in both'}


def test_only_drafts_can_be_named_as_drafts_and_only_languages_that_exist_as_languages() -> None:
    told = problems_of(IN_TWO.replace("{0}", "fr").replace("[door]\n", '[door]\ndraft_languages = ["fr"]\n'))
    assert told == {"door.draft_languages": 'is "fr" | one of "ny", "ru", "sw"'}
    assert set(problems_of(IN_TWO.replace("{0}", "xx"))) == {"door.languages"}


def test_what_the_operator_says_is_needed_in_every_language() -> None:
    text = IN_TWO.replace("{0}", "ar").replace(', ar = "X."', "") + 'note = { en = "Free." }\n'
    assert problems_of(text) == {
        "door.about": 'has no text in "ar" | a text in every language of door.languages',
        "door.danger_contacts (Aid) note": 'has no text in "ar" | a text in every language of door.languages',
    }


def test_a_day_of_which_nothing_is_left_for_files_is_refused() -> None:
    found = problems_of(SMALLEST + "[limits]\nday_mib = 1000\nday_text_mib = 1000\n")
    assert found == {"limits.day_text_mib": "is 1000 | less than day_mib (1000), so that files can come in too"}
    assert set(problems_of(SMALLEST + '[limits]\nday_mib = "x"\nday_text_mib = 1000\n')) == {"limits.day_mib"}


def test_a_day_into_which_the_largest_report_does_not_fit_is_refused() -> None:
    limits = "[limits]\nday_mib = 1000\nday_text_mib = 100\nsubmission_mib = "
    right = "at least 1001, so that the largest report (submission_mib) fits beside what is kept for text"
    assert problems_of(SMALLEST + f"{limits}901") == {"limits.day_mib": f"is 1000 | {right}"}
    parse_config(SMALLEST + f"{limits}900", Path("/x/c.toml"))


def test_the_example_has_every_key_and_a_comment_above_each() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for section, kind in SECTIONS.items():
        for key in fields_of(kind):
            places = [n for n, line in enumerate(lines) if re.match(rf"(# )?{key} = |\[+{section}\.{key}\]", line)]
            assert len(places) == 1, f"{section}.{key}"
            assert lines[places[0] - 1].startswith("# "), f"{section}.{key} is not explained"


def test_the_example_shows_the_defaults() -> None:
    document = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    for section, kind in SECTIONS.items():
        for field in fields_of(kind).values():
            if field.default not in {dataclasses.MISSING, None}:
                assert field.read(document[section][field.name]) == field.default, f"{section}.{field.name}"


def test_relative_paths_start_in_the_folder_of_the_file() -> None:
    config = parse_config(SMALLEST, Path("/etc/khomo/config.toml"))
    assert config.paths.store_dir == Path("/etc/khomo/store")
    assert config.onion.tor_binary == Path("/usr/bin/tor")
    assert config.file == Path("/etc/khomo/config.toml")


def test_the_configuration_cannot_be_changed_after_reading() -> None:
    config: Config = parse_config(SMALLEST, Path("/x/c.toml"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.lanes = config.lanes  # type: ignore[misc]


def test_every_problem_is_reported_in_one_go() -> None:
    found = problems_of(
        SMALLEST.replace('server_key = "server.key"', "server_key = 3").replace('store_dir = "store"', "stor_dir = 1")
        + '[limits]\nthreads = "many"\nupload_slot = 3\n[mail]\nto = "x"\n[lanes]\narrival = false\npresealed = false\n'
    )
    assert set(found) == {
        "mail",
        "paths.stor_dir",
        "paths.store_dir",
        "paths.server_key",
        "limits.upload_slot",
        "limits.threads",
        "lanes",
    }
    assert found["limits.threads"] == "is a text | a whole number from 8 to 1024"
    assert "upload_slots" in found["limits.upload_slot"]


def test_a_report_names_file_key_what_is_wrong_and_what_would_be_right() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(SMALLEST + "[limits]\nthreads = 4\n", Path("/etc/khomo/config.toml"))
    expected = "/etc/khomo/config.toml: limits.threads: is 4. Right would be: a whole number from 8 to 1024."
    assert str(caught.value).splitlines()[0] == expected


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[limits]\nthreads = 80\nupload_slots = 32\nreserved_text_slots = 8\n", "limits.threads"),
        ("[limits]\nupload_slots = 8\nreserved_text_slots = 8\n", "limits.reserved_text_slots"),
        ('[onion]\ntor = "system"\n', "onion.control_socket"),
        ("[lanes]\narrival = false\npresealed = false\n", "lanes"),
    ],
)
def test_unsafe_combinations_are_refused(text: str, key: str) -> None:
    assert set(problems_of(SMALLEST + text)) == {key}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('tor_dir = "tor"', 'tor_dir = "store/tor"', "paths.tor_dir"),
        ('run_dir = "run"', 'run_dir = "' + "r" * 100 + '"', "paths.run_dir"),
        ('server_key = "server.key"', 'server_key = "store/server.key"', "paths.server_key"),
        ('about = { en = "We listen." }', 'about = { fr = "Nous écoutons." }', "door.about"),
        ('reach = "112"', 'reach = "112"\nnote = { fr = "Jour et nuit" }', "door.danger_contacts (Aid) note"),
    ],
)
def test_values_that_do_not_go_together_are_refused(old: str, new: str, key: str) -> None:
    assert set(problems_of(SMALLEST.replace(old, new))) == {key}


def test_below_the_longest_run_folder_that_is_taken_every_socket_has_a_name_that_linux_takes(tmp_path: Path) -> None:
    longest = "/" + "r" * (SOCKET_PATH_BYTES - len(LONGEST_SOCKET_NAME) - 2)
    config = parse_config(SMALLEST.replace('run_dir = "run"', f'run_dir = "{longest}"'), tmp_path / "config.toml")
    layout = Layout.of(config)
    sockets = (layout.door, layout.courier_door, layout.control, layout.socks)
    assert max(len(bytes(one)) for one in sockets) == SOCKET_PATH_BYTES
    assert set(problems_of(SMALLEST.replace('run_dir = "run"', f'run_dir = "{longest}r"'))) == {"paths.run_dir"}


@pytest.mark.parametrize(
    ("old", "new", "key", "what"),
    [
        ('["monday"]', '["monday", "monday"]', "door.opening_days", "says the same thing twice"),
        ('["monday"]', "[]", "door.opening_days", "has 0 entries"),
        ('["monday"]', '"monday"', "door.opening_days", "is a text"),
        ('["monday"]', '["mon"]', "door.opening_days", 'is "mon"'),
        ('["monday"]', "[1]", "door.opening_days", "is a whole number"),
        ('{ en = "We listen." }', '"We listen."', "door.about", "is a text"),
        ('{ en = "We listen." }', '{ en = " " }', "door.about", "is empty"),
        ('{ en = "We listen." }', "{ en = 1979-05-27 }", "door.about", "is a date"),
        ('"112"', '"1\\u0007"', "door.danger_contacts", "entry.reach is too long or has control characters"),
        ('"112"', '"112"\nfax = "1"', "door.danger_contacts", "entry.fax is not a key of this table"),
        ('"run"', '""', "paths.run_dir", "is not a path"),
    ],
)
def test_bad_values_are_named(old: str, new: str, key: str, what: str) -> None:
    assert problems_of(SMALLEST.replace(old, new))[key].split(" | ")[0] == what


def test_the_limits_become_the_numbers_of_the_server() -> None:
    text = SMALLEST + "[limits]\nthreads = 128\nupload_slots = 16\nreserved_text_slots = 8\n"
    numbers = parse_config(text, Path("/x/c.toml")).limits.server_numbers()
    assert (numbers.threads, numbers.slots.bodies, numbers.slots.texts) == (128, 16, 8)
    assert parse_config(changed_example(), EXAMPLE).limits.server_numbers() == SERVER_NUMBERS


def test_what_the_operator_says_about_the_store_reaches_it(tmp_path: Path) -> None:
    limits = "[limits]\nfree_space_floor_mib = 64\n"
    text = SMALLEST + limits + "[store]\nkeep_acknowledged_days = 7\n"
    policy = Policy(days_without_bundle=3)
    with open_store(parse_config(text, tmp_path / "c.toml"), policy=policy) as store:
        assert store.settings == StoreSettings(64 << 20, warn_after_days=3, keep_acknowledged_days=7)
    with open_store(parse_config(SMALLEST, tmp_path / "c.toml")) as store:
        assert store.settings == StoreSettings()


@pytest.mark.parametrize(
    ("text", "what"),
    [("[lanes]\narrival = 1", "is a whole number"), ("[lanes]\narrival = 1.5", "is a number with a fraction")],
)
def test_a_switch_is_true_or_false(text: str, what: str) -> None:
    assert problems_of(SMALLEST + text)["lanes.arrival"].startswith(what)


def test_a_number_is_not_true_or_false() -> None:
    assert problems_of(SMALLEST + "[limits]\nthreads = true")["limits.threads"].startswith("is true or false")


def test_a_section_must_be_a_table() -> None:
    assert problems_of("lanes = 3\n" + SMALLEST)["lanes"] == "is a whole number | a table, written [lanes]"


def test_a_table_that_stands_twice_is_named_with_what_to_do() -> None:
    said = problems_of(EXAMPLE.read_text(encoding="utf-8") + '[courier]\nclients = { laptop = "x" }\n')["file"]
    assert said.startswith("has [courier] twice")
    assert re.search(r"at line \d+", said)
    assert said.endswith("| all lines of it below one [courier]")


def test_a_missing_file_text_that_is_not_utf8_and_text_that_is_not_toml_are_told_apart(tmp_path: Path) -> None:
    for content, what in ((None, "is not there"), (b"\xff\xfe", "is not UTF-8"), (b"= =", "is not TOML")):
        path = tmp_path / "config.toml"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigError, match=what):
            load_config(path)
