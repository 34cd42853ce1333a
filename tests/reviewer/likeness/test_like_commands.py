"""The commands about look-alikes as a reviewer types them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from PIL import Image

from reviewer.commands import main
from tests.reviewer.likeness.conftest import NEARLY, RIVER
from tests.reviewer.organisation import Source

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

    def typed(*words: object, code: int = 0) -> str:
        result = CliRunner(catch_exceptions=False).invoke(main, [str(word) for word in words], obj=desk)
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
