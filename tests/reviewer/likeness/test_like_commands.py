"""The commands about look-alikes as a reviewer types them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from PIL import Image

from reviewer.commands import main
from reviewer.likeness import likeness_words as words
from reviewer.likeness.finding import Likeness, NearPicture, NearText, SameFile
from reviewer.likeness.looking import Looked
from reviewer.values import Severity
from reviewer.vault.rows import CaseRow
from tests.reviewer.likeness.conftest import NEARLY, RIVER
from tests.reviewer.organisation import DAY, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.likeness.conftest import Numbered
    from tests.reviewer.organisation import Organisation


def _png(*grey: int) -> bytes:
    file = io.BytesIO()
    Image.frombytes("L", (9, 8), bytes(grey)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def run(desk: Vault) -> Callable[..., str]:
    """Runs a command on the open vault, as the shell does; returns what it says."""

    def typed(*line: object, code: int = 0) -> str:
        result = CliRunner(catch_exceptions=False).invoke(main, [str(word) for word in line], obj=desk)
        assert result.exit_code == code, result.output
        return result.output

    return typed


def test_a_reviewer_finds_merges_and_mutes(
    org: Organisation, carry: Carry, run: Callable[..., str], numbered: Numbered
) -> None:
    source = Source()
    org.report(RIVER, files=[("a.png", _png(*range(0, 216, 3)))], mailbox=source.slip)
    org.report(NEARLY, files=[("b.png", _png(*range(0, 144, 2))), ("c", b"same")])
    org.report("\u202eother", files=[("d", b"same")])
    carry()
    river, nearly = numbered(RIVER), numbered(NEARLY)
    third = 6 - river - nearly

    said = run("like", nearly)
    assert "% of all runs of 3 words are in both." in said
    assert "The same file, byte for byte" in said
    assert "These are hints" in said
    assert "4 attachments were never looked at as pictures: add --pictures" in said
    said = run("like", river, "--pictures")
    assert "2 more pictures can be compared." in said
    assert "Nearly the same picture: attachments" in said
    assert "never looked at" not in said
    found: dict[str, Any] = json.loads(run("like", river, "--json"))
    assert (found["cases"], found["unseen"], found["cut"]) == ([nearly], 0, False)

    assert "May be like other cases: " in run("list")
    assert f"1 other case looks like it. Why: khomo-reviewer like {river}" in run("show", river)
    assert f"2 other cases look like it. Why: khomo-reviewer like {nearly}" in run("show", nearly)

    assert f"Merged into case {nearly}: {river}." in run("merge", river, "--into", nearly, "--label", "bridge")
    assert f"With cases that are merged into them: {nearly} (+1)." in run("list")
    assert f"It is merged into case {nearly}." in run("show", river)
    assert f"          It is merged into case {nearly}.\n" in run("like", nearly)
    shown = json.loads(run("show", nearly, "--json"))
    assert (shown["merged"], shown["merged_into"], shown["muted"]) == ([river], None, False)
    assert "Merged into it:" in run("show", nearly)
    assert "is merged into case" in run("merge", third, "--into", river, code=1)
    run("show", third)
    assert "followed" not in run("triage", nearly, "--note", "one matter")
    assert f"Case {river}, merged into it, stayed as it was: " in run(
        "triage", nearly, "--disposition", "closed", "--reason", "outside our mandate", "--yes"
    )
    assert f"followed: {river}." in run("triage", nearly, "--disposition", "spam")
    assert json.loads(run("unmerge", river, "--json")) == {"unmerged": [river]}

    assert "but for danger or a child" in run("mute", river)
    org.report("more of it", mailbox=source.slip)
    carry()
    assert "Muted by amina on 2026-11-20: 1 part came since. Danger still calls." in run("show", river)
    assert f"Case {river} calls again.\n1 part came since, unread.\n" in run("unmute", river)
    assert json.loads(run("merge", river, "--into", nearly, "--json")) == {"merged": [river], "into": nearly}
    assert f"These stand alone again: {river}." in run("unmerge", river)


def test_a_case_that_is_like_none_says_so_and_an_unknown_one_too(
    org: Organisation, carry: Carry, run: Callable[..., str]
) -> None:
    org.report(RIVER)
    carry()
    assert run("like", 1) == "No other case has the same file or nearly the same text.\n"
    assert "There is no case 9" in run("like", 9, "--pictures", code=1)
    assert "like" not in run("list")


def test_each_reason_has_its_own_words() -> None:
    case = CaseRow(
        id=2, unread=False, severity=Severity.LOW, status="new", disposition="open", parts=1, files=0,
        first_day=DAY, last_day=DAY, language="en", preview="text",
    )  # fmt: skip
    found = Likeness(
        files=(SameFile(2, 10, 20),),
        texts=(NearText(2, 1, 2, 1.0),),
        pictures=(NearPicture(2, 10, 20, 3, flipped=True),),
        cut=True,
    )
    said = list(words.alike(found, {2: case}, {2: 7}))
    assert said[1:] == [
        "          The same file, byte for byte: attachment 10 here, 20 there.",
        "          The same words, but perhaps for accents, marks and spaces.",
        "          Nearly the same picture, flipped: attachments 10 and 20 (3 of 64 points differ).",
        "          It is merged into case 7.",
        words.HINT_ONLY,
        words.CUT,
    ]
    assert list(words.looked(Looked(0, 1)))[1].startswith("ATTENTION: 1 sealed file is missing")
    assert list(words.unmuted(2, 0)) == ["Case 2 calls again."]
