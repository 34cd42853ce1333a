"""A report travels from a source over Tor to a lead; afterwards no secret is left where it must not be."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from deploy.rehearsal import steps_desk, steps_lead, steps_server, steps_source
from deploy.rehearsal.canary import Canary
from deploy.rehearsal.samples import large_file
from deploy.rehearsal.socks import Socks
from deploy.rehearsal.source_client import WRITE, at
from keys.opening.key_files import read_key_file
from keys.sealing.age import HybridIdentity
from keys.sealing.age.bech32 import decode
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.fingerprint import fingerprint_words
from keys.sealing.key_file import read_plain_key_file
from keys.sealing.notes import VerifyKey
from keys.sealing.openpgp_armor import Label, dearmored_whole
from keys.sealing.public_bundle import PublicBundle
from tests.keys.sealing.typing_errors import with_a_letter_missing
from tests.malformed import malformed_requests

if TYPE_CHECKING:
    from deploy.rehearsal.journey import Journey
    from deploy.rehearsal.stage import Stage

pytestmark = pytest.mark.tor

LARGE = 50 * 1000 * 1000
ROW_BEGINS = b"age-encryption.org/v1\n-> mlkem768x25519 "


def _desk(journey: Journey, *words: str) -> dict[str, object]:
    done: dict[str, object] = json.loads(
        journey.stage.commands.run("khomo-reviewer", *words, "--json", *steps_desk.UNLOCK)
    )
    return done


def test_the_lead_reads_the_reviewers_words_and_not_the_sources(journey: Journey) -> None:
    assert steps_desk.TITLE in journey.shown_to_lead
    assert "Nothing addressed to you is missing" in journey.stage.commands.run(
        "khomo-caselog", "verify", *steps_lead.MINE
    )
    lead = Canary(journey.samples.marks)
    assert lead.in_bytes("what the lead sees", journey.shown_to_lead.encode()) == []
    assert lead.in_folders([journey.stage.machine("lead")]) == []


def test_the_lead_gets_the_photo_without_its_traces(journey: Journey) -> None:
    with Image.open(journey.stage.machine("lead") / "case" / "photo.png") as photo:
        assert not photo.getexif()
        assert photo.size == (1200, 900)


def test_the_lead_exports_a_table(journey: Journey) -> None:
    journey.stage.commands.run("khomo-caselog", "export", "lead/cases.csv", *steps_lead.MINE)
    with (journey.stage.machine("lead") / "cases.csv").open(newline="", encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    assert [row["title"] for row in rows] == [steps_desk.TITLE]


def test_every_row_is_accounted_for(journey: Journey) -> None:
    said = journey.stage.commands.run(
        "khomo-caselog", "audit", journey.stage.shown(journey.to_desk), "--json", *steps_lead.MINE
    )
    assert "forwarded" in said


def test_the_desk_has_the_files_as_they_were_sent(journey: Journey) -> None:
    case = _desk(journey, "show", "1")
    attachments = case["attachments"]
    assert isinstance(attachments, list)
    sent = {file.name: hashlib.sha256(file.path.read_bytes()).hexdigest() for file in journey.samples.files}
    assert {each["name"]: each["sha256"] for each in attachments} == sent
    assert str(case["messages"][0]["text"]).rstrip("\n") == journey.samples.message.rstrip("\n")  # type: ignore[index]


def test_the_source_is_told_what_arrived_with_its_digests(journey: Journey) -> None:
    page = steps_source.open_box(journey.stage, journey.stage.codename)
    assert steps_desk.REPLY in page.text
    signed = "What our desk holds is what you sent: it signed this."
    receipts = page.text.split(signed)[1]
    for file in journey.samples.files:
        digest = hashlib.sha256(file.path.read_bytes()).hexdigest()
        assert fingerprint_words(digest.encode("ascii")) in receipts


def test_the_source_is_understood_with_a_typing_error_and_hyphens(journey: Journey) -> None:
    page = steps_source.open_box(journey.stage, "-".join(with_a_letter_missing(journey.stage.codename.split())))
    assert steps_desk.REPLY in page.text


def test_a_source_who_answers_reaches_the_same_case(journey: Journey) -> None:
    source = steps_source.visit(journey.stage)
    form = source.get(at("return")).form("/return")
    form.fill("codename", journey.stage.codename)
    box = source.submit(form)
    answer = box.form("/box/add")
    answer.fill("message", "The treasurer signed it.")
    assert "We have it" in source.submit(answer).text
    bundle = steps_server.export(journey.stage)
    steps_desk.take_in(journey.stage, bundle)
    case: Any = _desk(journey, "show", "1")
    assert "The treasurer signed it." in json.dumps(case)
    [question] = [entry for entry in case["letters"] if entry["kind"] == "question"]
    assert [(act["act"], act["question"]) for act in case["acts"]] == [("answer", question["question"])]


@pytest.fixture
def identity(journey: Journey, tmp_path: Path) -> Path:
    """The identity of the desk's epoch, unprotected."""
    journey.stage.commands.run(*steps_server.export_identity(journey.stage, tmp_path / "identity.txt"))
    return tmp_path / "identity.txt"


def test_a_row_from_the_server_opens_with_a_stock_age_tool_and_unzip(journey: Journey, identity: Path) -> None:
    stage = journey.stage
    names = set()
    for number, blob in enumerate(steps_server.blobs(stage)[:2]):
        opened = stage.machine("desk") / f"stock-{number}.zip"
        program = Path(steps_server.__file__).parent / "open_with_stock_age.mjs"
        stage.commands.run("node", str(program), str(identity), stage.shown(blob), stage.shown(opened))
        stage.commands.run("unzip", "-t", stage.shown(opened))
        names |= set(zipfile.ZipFile(opened).namelist())
    assert {"submission.json", "padding"} < names


def _secret_keys(stage: Stage) -> list[bytes]:
    """Return every secret key that the server must not know, as text and as bytes."""
    keys = stage.machine("ceremony") / "keys"
    passphrase = (stage.folder / steps_server.PASSPHRASE_FILE).read_text().strip()
    found = [read_key_file(path, passphrase).secret for path in sorted(keys.rglob("*.key.age"))]
    found += [read_plain_key_file(keys / "courier" / "courier.key").secret]
    root = VerifyKey.parse((keys / "root.pub").read_text().strip())
    salt = PublicBundle.from_note((keys / "public-bundle.note").read_bytes(), root).salt
    mailbox = MailboxKeys.derive(WordList.load().read(stage.codename), salt).identity
    found.append(mailbox.expose())
    return [*(secret.encode() for secret in found), *(_raw(secret) for secret in found), passphrase.encode()]


def _raw(secret: str) -> bytes:
    """Return a secret key as bytes."""
    if secret.startswith("AGE-"):
        return decode("age-secret-key-pq-", secret)
    if secret.startswith("-----BEGIN PGP "):
        return dearmored_whole(secret.encode(), Label.SECRET_KEY)
    return bytes.fromhex(secret)


def _canary(journey: Journey) -> Canary:
    codename = journey.stage.codename
    words = codename.split()
    spellings = (codename, "-".join(words), "".join(words), codename.upper(), codename.title(), "  ".join(words))
    texts = (*journey.samples.message.splitlines(), steps_desk.REPLY, steps_desk.SUMMARY, "The treasurer signed it.")
    return Canary(
        [
            *journey.samples.marks,
            *(text.strip().encode() for text in texts),
            *(spelling.encode() for spelling in spellings),
            *_secret_keys(journey.stage),
        ]
    )


def test_the_canary_sings_where_secrets_are(journey: Journey) -> None:
    found = _canary(journey).in_folders([journey.stage.machine("source")])
    assert {Path(finding.where).name for finding in found} >= {"contract.pdf", "photo.jpg", "voice.wav", "paper.txt"}


def _send_raw(stage: Stage, user: str, request: bytes) -> bytes:
    """Send what may be no request, and return what comes back within two seconds."""
    answer = b""
    with Socks.through(stage.network, user).connect(stage.onion, 80, 60) as connection:
        connection.sendall(request)
        connection.settimeout(2)
        with suppress(OSError):  # some of it waits for more
            while part := connection.recv(1 << 16):
                answer += part
    return answer


def test_what_is_no_request_comes_over_tor_too_and_is_refused(journey: Journey) -> None:
    """With the marks of the report in it: the next test looks for them."""
    requests = list(malformed_requests(journey.samples.marks[0].decode(), WRITE).values())
    users = [f"malformed-{number % 4}" for number in range(len(requests))]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda user, request: _send_raw(journey.stage, user, request), users, requests))
    refused = [answer for answer in answers if answer[9:10] in {b"4", b"5", b""}]
    assert len(refused) >= 0.75 * len(requests)
    assert steps_source.visit(journey.stage).get("/").status == HTTPStatus.OK


def test_no_secret_is_left_on_the_server(journey: Journey, temporary_folder: Path) -> None:
    stage = journey.stage
    folders = [stage.machine("server"), stage.sockets, temporary_folder]
    assert _canary(journey).in_folders(folders) == []
    assert list(temporary_folder.rglob("core*")) + list(stage.folder.rglob("core")) == []


def test_no_secret_is_left_on_the_stick_in_the_clear(journey: Journey) -> None:
    assert _canary(journey).in_folders([journey.stage.machine("stick")]) == []


def test_no_secret_is_in_what_others_are_answered(journey: Journey) -> None:
    canary, stranger = _canary(journey), steps_source.visit(journey.stage)
    for path in (
        "/",
        at("write"),
        at("return"),
        at("about"),
        at("how-to"),
        at("left"),
        at("box"),
        "/nothing",
        "/static/x",
    ):
        page = stranger.get(path)
        assert canary.in_bytes(path, (page.html + json.dumps(dict(page.headers))).encode()) == []
    wrong = stranger.get(at("return")).form("/return")
    wrong.fill("codename", WordList.load().draw().expose())
    page = stranger.submit(wrong)
    assert page.status == HTTPStatus.FORBIDDEN
    assert page.form("/return").controls
    assert canary.in_bytes("a stranger's box", page.html.encode()) == []


def test_a_seized_disk_holds_no_time_finer_than_a_day_and_no_link_between_rows(journey: Journey) -> None:
    store = journey.stage.machine("server") / "store"
    generation = (store / "current").resolve()
    times = {path.stat().st_mtime for path in steps_server.blobs(journey.stage)}
    assert len(times) == 1
    connection = sqlite3.connect(f"file:{generation / 'khomo.db'}?mode=ro", uri=True)
    try:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(submissions)")}
        days = [str(day) for (day,) in connection.execute("SELECT day FROM submissions")]
    finally:
        connection.close()
    assert columns == {"id", "day", "size", "sha256", "held_day", "settled_day"}
    assert all(len(day) <= len("2026-11-20") for day in days)


def test_every_row_on_the_server_looks_like_every_other(journey: Journey) -> None:
    blobs = steps_server.blobs(journey.stage)
    heads = [blob.read_bytes()[:4096] for blob in blobs]
    assert all(head.startswith(ROW_BEGINS) for head in heads)
    assert len({head.index(b"\n--- ") for head in heads}) == 1


def test_doctor_is_content(journey: Journey) -> None:
    journey.stage.commands.run("khomo-intake", "doctor", *steps_server.CONFIG)


def test_the_programs_of_the_server_can_leave_no_core_file(journey: Journey) -> None:
    assert journey.door.process is not None
    below = subprocess.run(
        ["pgrep", "--parent", str(journey.door.process.pid)], capture_output=True, text=True, check=True
    )
    pages = [pid for pid in below.stdout.split() if b"source_door" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    for pid in pages:
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert "Max core file size        0                    0" in limits
    assert pages


def test_no_identity_lies_open_at_the_desk(journey: Journey) -> None:
    assert not list(journey.stage.machine("desk").rglob("identity*"))


def test_the_identity_of_the_epoch_is_the_one_that_opens_rows(journey: Journey, identity: Path) -> None:
    line = next(line for line in identity.read_text().splitlines() if line.startswith("AGE-SECRET-KEY-"))
    recipient = str(HybridIdentity.parse(line).recipient())
    assert recipient in (journey.stage.machine("server") / "public-bundle.note").read_text()


def test_fifty_megabytes_arrive_whole(journey: Journey) -> None:
    stage = journey.stage
    file = large_file(stage.machine("source"), LARGE)
    receipt = steps_source.send(steps_source.visit(stage), "A large archive follows.", (file,))
    assert file.name in receipt.text
    case = steps_desk.take_in(stage, steps_server.export(stage))
    attachment = _desk(journey, "show", str(case))["attachments"][0]  # type: ignore[index]
    assert attachment["size"] == LARGE
    folder = stage.machine("desk") / "large"
    folder.mkdir()
    stage.commands.run("khomo-reviewer", "save", str(attachment["id"]), "desk/large", *steps_desk.UNLOCK)
    saved = next(folder.iterdir())
    with saved.open("rb") as copy, file.path.open("rb") as sent:
        assert hashlib.file_digest(copy, "sha256").digest() == hashlib.file_digest(sent, "sha256").digest()
