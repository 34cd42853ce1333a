"""What source and policy allow is asked until the last moment, and no trick of names or bytes goes around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from caselog.case_record import Form
from caselog.viewing import open_case, shown_cases
from keys.sealing.age import SeekableOpening
from keys.sealing.submission import Audience, Consent
from reviewer import leads
from reviewer.errors import RefusedError, ReviewerError
from reviewer.forwarding import COMPUTED, Wish, forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.packages import sign_again
from reviewer.saving import save_attachment
from reviewer.sending import send
from reviewer.vault.log_rows import ForwardRow
from reviewer.vault.rows import AttachmentRow
from tests.reviewer.organisation import NO_RISK, Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from keys.sealing.notes import SigningKey
    from reviewer.packages import Signed
    from reviewer.sending import Sent
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Amend, Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation

ALL = Consent(frozenset({Audience.LEADS, Audience.LAWYER}), originals=True)
RAW = b"raw bytes with a watermark"


@pytest.fixture
def source(org: Organisation, carry: Carry) -> Source:
    """Case 1: its source allows originals too."""
    source = Source()
    org.report("text", files=[("canary Maria.JPG", RAW)], mailbox=source.slip, consent=ALL)
    carry()
    return source


@pytest.fixture
def withdraw(org: Organisation, source: Source, carry: Carry) -> Callable[[], None]:
    """The source comes back: leads may still see it, but no file leaves as it came."""

    def come_back() -> None:
        org.report("not the file as it is: my name is in it", mailbox=source.slip, consent=Consent(ALL.may_see))
        carry()

    return come_back


def _prepare(desk: Vault, **wish: Any) -> Signed:
    return forward(
        desk, 1, Wish(("anna",), "Waste", "A plant lets waste out.", risks=NO_RISK, **wish), reviewer_key(desk)
    )


def _send(desk: Vault, folder: Path) -> Sent:
    folder.mkdir(exist_ok=True)
    return send(desk, folder, no_progress)


def _prepare_original(desk: Vault) -> Signed:
    return _prepare(desk, originals=(1,), more_signers=("yusuf",))


def test_an_original_is_not_signed_once_the_source_withdrew_originals(
    desk: Vault, lead: Lead, withdraw: Callable[[], None], yusuf: SigningKey, tmp_path: Path
) -> None:
    prepared = _prepare_original(desk)
    withdraw()
    with pytest.raises(RefusedError, match="did not allow that files leave"):
        sign_again(desk, prepared.forward, yusuf)
    assert _send(desk, tmp_path / "stick").appended.cases == 0


def test_an_original_is_not_signed_once_the_policy_withdrew_them(
    desk: Vault, lead: Lead, source: Source, yusuf: SigningKey, amend: Amend
) -> None:
    prepared = _prepare_original(desk)
    amend(policy={"raw_files": False})
    with pytest.raises(RefusedError, match="policy does not allow"):
        sign_again(desk, prepared.forward, yusuf)


def test_an_original_that_was_signed_is_not_logged_once_it_was_withdrawn(
    desk: Vault, lead: Lead, withdraw: Callable[[], None], yusuf: SigningKey, tmp_path: Path
) -> None:
    assert sign_again(desk, _prepare_original(desk).forward, yusuf).is_complete
    withdraw()
    sent = _send(desk, tmp_path / "stick")
    assert (sent.appended.cases, sent.appended.held) == (0, (1,))
    assert lead.take(sent).new_packages == ()


@pytest.mark.usefixtures("lead", "source")
def test_an_original_that_was_logged_is_not_delivered_again_once_the_policy_withdrew_them(
    desk: Vault, yusuf: SigningKey, amend: Amend, tmp_path: Path
) -> None:
    sign_again(desk, _prepare_original(desk).forward, yusuf)
    assert [one.cases for one in _send(desk, tmp_path / "stick").deliveries] == [1]
    amend(policy={"raw_files": False})
    with desk.change() as change:
        leads.send_again(change, "anna")
    assert [one.cases for one in _send(desk, tmp_path / "stick").deliveries] == [0]


def test_the_name_that_a_source_gave_an_original_reaches_no_lead(
    desk: Vault, lead: Lead, source: Source, yusuf: SigningKey, tmp_path: Path
) -> None:
    assert sign_again(desk, _prepare_original(desk).forward, yusuf).is_complete
    sent = _send(desk, tmp_path / "stick")
    lead.take(sent)
    [case] = shown_cases(lead.store, lead.identity)
    [file] = case.record.attachments
    assert (file.name, file.form, file.media_type) == ("original-1.jpg", Form.ORIGINAL, "image/jpeg")
    with open_case(lead.store, case, lead.identity) as package:
        assert package.open_attachment(file.name).read() == RAW
    [path] = [path for path in sent.files if "lead" in path.name]
    with path.open("rb") as sealed:
        clear = SeekableOpening(sealed, [lead.identity]).readall()
    assert RAW in clear
    assert b"canary" not in clear
    assert b"Maria" not in clear


@pytest.mark.parametrize("name", ["notes.of.Maria", "Maria", ".Maria", "x.jpg\u202e", "x.ﬁ"])
@pytest.mark.usefixtures("lead", "yusuf")
def test_an_ending_that_is_no_known_one_is_left_out(org: Organisation, desk: Vault, carry: Carry, name: str) -> None:
    org.report(files=[(name, RAW)], consent=ALL)
    carry()
    prepared = _prepare_original(desk)
    with desk.look() as rows:
        record = rows.get_one(ForwardRow, prepared.forward).record
    assert b'"original-1"' in record


def test_a_file_as_it_came_does_not_leave_as_one_made_anew(
    desk: Vault, lead: Lead, source: Source, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    saved = save_attachment(desk, 1, tmp_path / "out").rename(tmp_path / "out/made-anew.jpg")
    with desk.look() as rows:
        assert rows.scalars(select(AttachmentRow.id)).all() == [1]
    with pytest.raises(RefusedError, match=r"made-anew\.jpg is attachment 1 of case 1 as it came") as refused:
        _prepare(desk, made_files=(saved,))
    assert "--original 1" in str(refused.value)


@pytest.mark.parametrize("name", sorted(COMPUTED))
def test_what_the_desk_says_of_a_case_is_no_field_of_a_wish(desk: Vault, lead: Lead, source: Source, name: str) -> None:
    with pytest.raises(ReviewerError, match=f"The desk itself says what stands in {name}"):
        _prepare(desk, fields={name: "authority; journalist"})
