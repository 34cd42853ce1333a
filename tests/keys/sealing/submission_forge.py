"""Makes tests/vectors/submission: ``python -m tests.keys.sealing.submission_forge``.

``accept/`` is read and written back byte for byte; each file of ``refuse/`` is named for what is wrong with it.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from keys.sealing.answers import Answer, Chosen, answers_to_json
from keys.sealing.canonical import to_canonical
from keys.sealing.source_name import SourceName
from keys.sealing.submission import (
    Audience,
    Consent,
    IfSilent,
    Lane,
    MailboxSlip,
    Part,
    Submission,
    SubmittedFile,
)
from keys.sealing.values import MailboxAddress
from tests.keys.sealing.source_name_forge import without_keys
from tests.keys.sealing.vectors import write_vectors

if TYPE_CHECKING:
    from collections.abc import Callable

FULL = Submission(
    report=bytes(range(16)),
    part=Part.MESSAGE,
    lane=Lane.ARRIVAL,
    language="ar-EG",
    consent=Consent(frozenset(Audience), True, "my brother, he is a guard", IfSilent.FORWARD, True),
    answers=answers_to_json(
        {
            "where": Answer("Where?", "\u0627\u0644\u0646\u064a\u0644"),
            "danger": Answer("Is anyone in danger?", (Chosen("yes", "Yes"),)),
            "kinds": Answer("What is it about?", (Chosen("COR-01", "Bribery"), Chosen("CIV-04", ""))),
            "none": Answer("And else?", ()),
            "how_many": Answer("How many?", -3),
        }
    ),
    mailbox=MailboxSlip(MailboxAddress(bytes(16)), "age1pq1" + "q" * 1952),
    decoy="signed\n",
    files=(SubmittedFile("files/a.txt", "../a.txt", 3, "ab" * 32),),
    message_sha256="cd" * 32,
    name=SourceName(sealed=without_keys()),
)
BARE = Submission(report=bytes(16), part=Part.FILES, lane=Lane.BROWSER)
NAMED = replace(BARE, name=SourceName("Amina, \u0623\u0645\u064a\u0646\u0629"))


def _in_the_clear(body: dict[str, Any], name: str) -> None:
    body["consent"].update(name_apart=False)
    body.update(name={"sealed": "", "text": name})


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "newer version": lambda body: body.update(version=2),
    "version true": lambda body: body.update(version=True),
    "unknown key": lambda body: body.update(extra=1),
    "missing key": lambda body: body.pop("language"),
    "short report id": lambda body: body.update(report="00"),
    "upper-case report id": lambda body: body.update(report="AB" * 16),
    "unknown part": lambda body: body.update(part="rest"),
    "unknown lane": lambda body: body.update(lane="fax"),
    "language not a tag": lambda body: body.update(language="en_GB; rm"),
    "consent not an object": lambda body: body.update(consent=[]),
    "unknown audience": lambda body: body["consent"].update(may_see=["everybody"]),
    "audience not a text": lambda body: body["consent"].update(may_see=[1]),
    "audience twice": lambda body: body["consent"].update(may_see=["leads", "leads"]),
    "audience out of order": lambda body: body["consent"].update(may_see=["leads", "lawyer"]),
    "originals not a flag": lambda body: body["consent"].update(originals=1),
    "answers a list": lambda body: body.update(answers=[]),
    "never missing": lambda body: body["consent"].pop("never"),
    "never too long": lambda body: body["consent"].update(never="x" * 1025),
    "never of two lines": lambda body: body["consent"].update(never="my boss\nand nobody else"),
    "never with a sign that a screen obeys": lambda body: body["consent"].update(never="my \u202eboss"),
    "silence unknown": lambda body: body["consent"].update(if_silent="publish"),
    "name apart not a flag": lambda body: body["consent"].update(name_apart="yes"),
    "name missing": lambda body: body.pop("name"),
    "name bare": lambda body: body.update(name="Amina"),
    "name in the clear that is to be kept apart": lambda body: body.update(name={"sealed": "", "text": "Amina"}),
    "name kept apart unasked": lambda body: body["consent"].update(name_apart=False),
    "name both ways": lambda body: body["name"].update(text="Amina"),
    "name neither way": lambda body: body["name"].update(sealed=""),
    "name with more": lambda body: body["name"].update(epoch="spare"),
    "name without text": lambda body: body["name"].pop("text"),
    "name in upper-case hex": lambda body: body["name"].update(sealed=body["name"]["sealed"].upper()),
    "name a byte short": lambda body: body["name"].update(sealed=body["name"]["sealed"][:-2]),
    "name a byte long": lambda body: body["name"].update(sealed=body["name"]["sealed"] + "00"),
    "name no age file": lambda body: body["name"].update(sealed="00" * (len(body["name"]["sealed"]) // 2)),
    "name of two lines": lambda body: _in_the_clear(body, "Amina\nand more"),
    "name with a sign that a screen obeys": lambda body: _in_the_clear(body, "\u202eanimA"),
    "name too long": lambda body: _in_the_clear(body, "x" * 513),
    "name of white space": lambda body: _in_the_clear(body, "   "),
    "consent unknown key": lambda body: body["consent"].update(always=True),
    "answers too long": lambda body: body["answers"]["where"].update(answer="x" * 12_288),
    "answer of no field": lambda body: body["answers"].update({"Where?": body["answers"]["where"]}),
    "answer bare": lambda body: body["answers"].update(where="at the river"),
    "answer without its question": lambda body: body["answers"]["where"].pop("question"),
    "question a number": lambda body: body["answers"]["where"].update(question=1),
    "answer with more": lambda body: body["answers"]["where"].update(comment=""),
    "answer a flag": lambda body: body["answers"]["where"].update(answer=True),
    "answer null": lambda body: body["answers"]["where"].update(answer=None),
    "answer an object": lambda body: body["answers"]["where"].update(answer={}),
    "choice bare": lambda body: body["answers"]["danger"].update(answer=["yes"]),
    "choice without a code": lambda body: body["answers"]["danger"]["answer"][0].pop("code"),
    "choice with a code of another shape": lambda body: body["answers"]["danger"]["answer"][0].update(code="a b"),
    "choice without a text": lambda body: body["answers"]["danger"]["answer"][0].pop("text"),
    "choice with more": lambda body: body["answers"]["danger"]["answer"][0].update(weight=1),
    "mailbox address short": lambda body: body["mailbox"].update(address="00"),
    "mailbox recipient classic": lambda body: body["mailbox"].update(recipient="age1" + "q" * 58),
    "mailbox unknown key": lambda body: body["mailbox"].update(name="x"),
    "decoy too long": lambda body: body.update(decoy="x" * 2049),
    "decoy a flag": lambda body: body.update(decoy=True),
    "too many files": lambda body: body.update(files=body["files"] * 51),
    "file outside its folder": lambda body: body["files"][0].update(member="message.txt"),
    "file name too long": lambda body: body["files"][0].update(original_name="x" * 1025),
    "file size negative": lambda body: body["files"][0].update(size=-1),
    "file digest short": lambda body: body["files"][0].update(sha256="ab"),
    "message digest a number": lambda body: body.update(message_sha256=1),
}


def make() -> dict[str, bytes]:
    """Return every vector by its name."""
    accepted = {"full": FULL, "bare": BARE, "named": NAMED}
    made = {f"accept/{name}.json": one.to_json() for name, one in accepted.items()}
    for how, spoil in WRONG.items():
        body = copy.deepcopy(json.loads(FULL.to_json()))
        spoil(body)
        made[f"refuse/{how.replace(' ', '-')}.json"] = to_canonical(body)
    return made


if __name__ == "__main__":
    write_vectors("submission", make())
