"""Writing to a source: what is shown and asked before it goes, what stands in the history, and taking it back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from keys.sealing.letter import CaseState, EntryKind
from keys.sealing.limits import LETTER_TEXT_BYTES
from keys.sealing.source_name import SourceName
from reviewer.cases import history
from reviewer.cautions import Danger
from reviewer.commands import main
from reviewer.errors import ReviewerError
from reviewer.inbox import no_progress
from reviewer.letter_preview import Draft, preview
from reviewer.letter_templates import languages
from reviewer.letters import CautionedError, write_to_source
from reviewer.outbox import write_server_bundle
from reviewer.triage import Decision, decide
from reviewer.unsending import unsend
from reviewer.values import Disposition, Status
from reviewer.vault.rows import CaseRow, EntryRow, MailboxRow
from tests.reviewer.organisation import Source

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


class Run(Protocol):
    """Runs a command on the desk's open vault, as its shell does."""

    def __call__(self, *arguments: object, code: int = 0, stdin: str | None = None) -> Result: ...


@pytest.fixture(autouse=True)
def few_mailboxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters to mailboxes that nobody has are no part of what these tests ask."""
    monkeypatch.setattr("reviewer.limits.FICTITIOUS_MAILBOXES", 3)


@pytest.fixture
def source(org: Organisation, carry: Carry) -> Source:
    """The source of case 1, who writes in French."""
    one = Source()
    org.report("text", mailbox=one.slip, language="fr", name=SourceName(text="Chisomo Phiri"))
    carry()
    return one


@pytest.fixture
def run(desk: Vault, source: Source) -> Run:
    def on_desk(*arguments: object, code: int = 0, stdin: str | None = None) -> Result:
        result = CliRunner(catch_exceptions=False).invoke(main, list(map(str, arguments)), input=stdin, obj=desk)
        assert result.exit_code == code, result.output
        return result

    return on_desk


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.letter_commands._somebody_is_there", lambda: True)


def _written(desk: Vault) -> list[str]:
    with desk.look() as rows:
        return list(rows.scalars(select(EntryRow.text).where(EntryRow.text != "").order_by(EntryRow.id)))


def _write(desk: Vault, text: str, kind: EntryKind = EntryKind.REPLY) -> None:
    with desk.change() as change:
        write_to_source(change, 1, kind, text)


def _unsend(desk: Vault) -> None:
    with desk.change() as change:
        unsend(change, 1)


def _last_act(desk: Vault) -> tuple[str, dict[str, tuple[str | None, str | None]]]:
    with desk.look() as rows:
        act, values = history(rows, 1)[-1]
        return act.act, {one.field: (one.before, one.after) for one in values}


def test_what_is_shown_is_what_the_source_reads(org: Organisation, desk: Vault, source: Source, run: Run) -> None:
    _write(desk, "first")
    write_server_bundle(desk, no_progress)
    seen = preview(desk, 1, Draft(EntryKind.QUESTION, " second\r\nline "))
    assert _written(desk) == ["first"]
    shown = run("reply", 1, "--question", "--file", "-", stdin="second\nline").output
    assert "What the source of case 1 sees" in shown
    assert shown.index("first") < shown.index("\u2502 second\n\u2502 line") < shown.index("of 24,000 bytes")
    assert "question, with a field for the answer" in shown
    letter = org.letter(desk, source)
    assert [(one.kind, one.text, one.week, one.answered) for one in letter.entries] == [
        (one.kind, one.text, one.week, one.answered) for one in seen.letter.entries
    ]
    assert (letter.number, letter.state, letter.allowed) == (2, seen.letter.state, seen.letter.allowed)
    assert seen.letter.state is CaseState.QUESTION
    assert seen.text_bytes == len(b"firstsecond\nline")
    told = json.loads(run("letter", 1, "--json").stdout)
    assert [one["text"] for one in told["entries"]] == ["", "first", "second\nline"]


def test_what_falls_out_for_want_of_room_is_shown_before(
    org: Organisation, desk: Vault, source: Source, run: Run
) -> None:
    _write(desk, "oldest " * 1000)
    _write(desk, "middle " * 1000)
    text = "newest " * 2000
    shown = run("reply", 1, "--file", "-", stdin=text).output
    assert "no room any more" in shown
    assert "oldest oldest" in shown.partition("no room any more")[2]
    assert "middle middle" not in shown.partition("no room any more")[2]
    letter = org.letter(desk, source)
    assert letter.dropped == 1
    assert [one.text[:6] for one in letter.entries] == ["", "middle", "newest"]
    run("reply", 1, "x" * (LETTER_TEXT_BYTES + 1), code=1)


def test_a_danger_stops_a_script_until_it_is_named_and_the_history_keeps_its_kind_alone(desk: Vault, run: Run) -> None:
    text = "Chisomo, call 0999 123 456"
    stopped = run("reply", 1, text, code=4)
    assert 'ATTENTION: "Chisomo"' in stopped.output
    assert "--despite phone --despite source-name" in " ".join(stopped.output.split())
    run("reply", 1, text, "--despite", "phone", "--yes", code=4)
    assert _written(desk) == []
    run("reply", 1, text, "--despite", "phone", "--despite", "source-name")
    act, values = _last_act(desk)
    assert (act, values["despite"]) == ("reply", (None, "phone, source-name"))
    with desk.change() as change, pytest.raises(CautionedError):
        write_to_source(change, 1, EntryKind.REPLY, text, despite={Danger.PHONE, Danger.LINK})


@pytest.mark.usefixtures("at_a_terminal")
def test_on_a_terminal_a_yes_is_asked_for_and_a_danger_asks_even_after_yes(desk: Vault, run: Run) -> None:
    assert "Nothing was written." in run("reply", 1, "hello", stdin="n\n", code=1).output
    run("reply", 1, "hello", stdin="", code=1)
    run("reply", 1, "at 14:30", "--yes", stdin="n\n", code=1)
    run("reply", 1, "at 14:30", "--yes", stdin="\n", code=1)
    assert _written(desk) == []
    run("reply", 1, "hello", stdin="y\n")
    run("reply", 1, "hello again", "--yes")
    run("reply", 1, "at 14:30", stdin="y\n")
    assert _written(desk) == ["hello", "hello again", "at 14:30"]
    assert _last_act(desk)[1]["despite"] == (None, "time")


def test_a_template_goes_in_the_language_of_the_report_and_a_question_as_one(desk: Vault, run: Run) -> None:
    french = languages()["fr"].texts
    assert "no native speaker has read it yet" in run("reply", 1, "--template", "more-facts").output
    run("reply", 1, "--template", "thanks", "--language", "en", "--days", "30")
    with desk.look() as rows:
        kinds = [(one.kind, one.text) for one in rows.scalars(select(EntryRow).where(EntryRow.text != ""))]
    assert kinds[0] == ("question", french["more-facts"])
    assert kinds[1] == ("reply", languages()["en"].texts["thanks"].format(days=30))


def test_a_template_can_be_changed_in_a_file_which_replaces_none(desk: Vault, run: Run, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    said = run("reply", 1, "--template", "more-facts", "--edit", draft).output
    assert f"reply 1 --question --file {draft}" in " ".join(said.split())
    assert draft.stat().st_mode & 0o777 == 0o600
    assert _written(desk) == []
    draft.write_text("Mine.\n")
    run("reply", 1, "--template", "more-facts", "--edit", draft, code=1)
    assert draft.read_text() == "Mine.\n"
    run("reply", 1, "--template", "more-facts", "--edit", desk.folder / "new", code=1)
    assert not (desk.folder / "new").exists()
    run("reply", 1, "--question", "--file", draft)
    assert _written(desk) == ["Mine."]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("text", "--template", "thanks"), "one of them only"),
        (("text", "--language", "fr"), "go with --template"),
        (("--template", "forwarded"), "gone to nobody"),
    ],
)
def test_options_that_do_not_go_together_are_told(
    desk: Vault, run: Run, options: tuple[str, ...], problem: str
) -> None:
    result = CliRunner().invoke(main, ["reply", "1", *options], obj=desk)
    assert result.exit_code in {1, 2}
    assert problem in result.output
    assert _written(desk) == []


def test_the_templates_are_listed_without_a_vault() -> None:
    listed = CliRunner().invoke(main, ["templates"]).output
    assert "in-danger" in listed
    assert "draft" in next(line for line in listed.splitlines() if line.startswith("ny"))
    assert json.loads(CliRunner().invoke(main, ["templates", "--json"]).stdout)["languages"]["sw"]["draft"] is True


@pytest.mark.usefixtures("source")
def test_nothing_is_shown_as_readable_that_nobody_can_read(desk: Vault) -> None:
    with desk.change() as change:
        change.rows.scalars(select(MailboxRow).where(MailboxRow.recipient.is_not(None))).one().recipient = "age1pq1x"
    with pytest.raises(ReviewerError, match="no letter opens"):
        preview(desk, 1)


@pytest.mark.usefixtures("source")
def test_the_last_entry_is_taken_back_until_an_outbox_has_it(desk: Vault) -> None:
    with pytest.raises(ReviewerError, match="Nobody has written"):
        _unsend(desk)
    _write(desk, "first")
    _write(desk, "When?", EntryKind.QUESTION)
    _unsend(desk)
    assert _last_act(desk) == ("unsend", {"text": ("When?", None), "status": ("assessing", "new")})
    assert _written(desk) == ["first"]
    write_server_bundle(desk, no_progress)
    with pytest.raises(ReviewerError, match="in an outbox already"):
        _unsend(desk)
    _write(desk, "second")
    _unsend(desk)
    with pytest.raises(ReviewerError, match="in an outbox already"):
        _unsend(desk)
    assert _written(desk) == ["first"]


@pytest.mark.usefixtures("source")
def test_a_status_that_somebody_set_since_stays_and_a_closed_case_keeps_its_letter(desk: Vault) -> None:
    _write(desk, "When?", EntryKind.QUESTION)
    with desk.change() as change:
        decide(change, 1, Decision(status=Status.VERIFIED))
        decide(change, 1, Decision(status=Status.ASSESSING))
    _unsend(desk)
    with desk.look() as rows:
        assert rows.get_one(CaseRow, 1).status == Status.ASSESSING
    _write(desk, "bye")
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.CLOSED, reason="done"))
    with pytest.raises(ReviewerError, match="is closed"):
        _unsend(desk)


def test_the_command_shows_the_letter_without_it(desk: Vault, run: Run) -> None:
    run("reply", 1, "hello")
    shown = run("unsend", 1).output
    assert "Taken back" in shown
    assert "hello" not in shown
    run("unsend", 1, code=1)
