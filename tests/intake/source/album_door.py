"""A door in every language with all that an operator can have it say, and what its desk writes to a source."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from intake.config import parse_config
from intake.form.files import DEFAULT_FORM
from intake.language_states import DRAFTS, LANGUAGES
from intake.source.app import create_app
from intake.store import Store, StoreSettings
from keys.sealing.age import HybridIdentity
from keys.sealing.codename import MailboxKeys, WordLists
from keys.sealing.filing_proof import FilingProof, make_filing_proof
from keys.sealing.letter import Allowed, CaseState, Entry, EntryKind, Letter, Outcome, write_letter
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Desk
from keys.sealing.submission import Audience
from tests.intake.source.conftest import Site
from tests.intake.source.test_in_chromium import serving
from tests.intake.world import CONFIG, Clock, World
from tests.keys.sealing.openpgp_forge import stored_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOOR = """
languages = [{languages}]
draft_languages = [{drafts}]
opening_days = ["monday", "thursday"]
[door.about]
{about}
[door.honest_belief]
{belief}
[door.safe_authorities]
{safe}
[door.unsafe_authorities]
{unsafe}
[[door.danger_contacts]]
name = "Legal aid line / خط المساعدة القانونية"
reach = "+999 555 0100"
note = {{ {note} }}
[[door.danger_contacts]]
name = "Safe house"
reach = "safe-house@example.org"
only_in = ["en"]
"""
TEXTS = {
    "about": (
        "A few small groups stand behind this door. We look into abuse of power, and protect whoever tells us of it.",
        "نحن خمس مجموعات من المجتمع المدني. نتحقق من البلاغات عن إساءة استعمال السلطة، ونحمي من يقدّمونها.",
    ),
    "belief": (
        "The law protects you if you believe that what you say is true, even if it turns out to be wrong.",
        "يحميك القانون (المادة 12) إذا كنت تعتقد أن ما تقوله صحيح، حتى لو تبيّن خطؤه.",
    ),
    "safe": (
        "The office of the ombudsman has to keep your name to itself, whomever you report.",
        "لا يجوز لأمين المظالم أن يعطي اسمك للجهة التي تبلّغ عنها.",
    ),
    "unsafe": (
        "Reports to the anti-fraud hotline were passed on to ministers in 2025.",
        "نُقلت بلاغات الخط الساخن لمكافحة الاحتيال إلى وزراء في عام 2025.",
    ),
    "note": ("Free, day and night.", "مجاني، ليلًا ونهارًا."),
}
SAID = {
    "en": (
        "They paid cash for the road. I saw the list on 3 March 2026.",
        "Thank you. This helps us a lot.\n\nWe have checked the first two pages. Please tell nobody.",
        "Who signed the list, and on which day?",
    ),
    "ar": (
        "دفعوا نقدًا مقابل الطريق. رأيت القائمة يوم 3 مارس 2026.",
        "شكرًا لك. هذا يساعدنا كثيرًا.\n\nلقد تحققنا من الصفحتين الأوليين (رقم 12/2026). لا تخبر أحدًا.",
        "من وقّع القائمة، وفي أي يوم؟",
    ),
}
OUTSIDE = "University legal clinic"
OTHER_KEY = stored_bytes("keys/other.asc").decode()
LONG_FILE_NAME = "IMG_20260303_report-of-the-ministry-about-the-road-to-the-north (final version 2) صورة.jpeg"


def _door_text() -> str:
    """Return the part of the configuration that people read, with its own text in Arabic."""

    def in_all(name: str) -> list[str]:
        english, arabic = TEXTS[name]
        return [f'{code} = "{arabic if code == "ar" else english}"' for code in LANGUAGES]

    tables = {name: "\n".join(in_all(name)) for name in TEXTS if name != "note"}
    codes = {"languages": LANGUAGES, "drafts": sorted(DRAFTS)}
    listed = {name: ", ".join(f'"{code}"' for code in some) for name, some in codes.items()}
    return DOOR.format(**tables, **listed, note=", ".join(in_all("note")))


@contextmanager
def open_site(
    folder: Path, lanes: frozenset[str] = frozenset({"arrival", "presealed"}), *, outside: bool = False
) -> Iterator[tuple[Site, str]]:
    """Open a door in every language; gives it and its address.

    Args:
        folder: a new one.
        lanes: what it takes.
        outside: whether what is about the organisation goes to a desk outside it.
    """
    folder.mkdir()
    (folder / "form.toml").write_text(DEFAULT_FORM.read_text("utf-8").replace("# desk =", "desk ="), "utf-8")
    form = '[form]\nfile = "form.toml"\n' if outside else ""
    paths = CONFIG.partition("[door]")[0]
    config = parse_config(f"{paths}[door]{_door_text()}{form}[limits]\nsubmission_mib = 1\n", folder / "config.toml")
    world, clock = World(), Clock()
    bundle = world.bundle(lanes, spare=True)
    if outside:
        epoch = replace(bundle.desks[0].epochs[0], id="outside", recipient=str(HybridIdentity.generate().recipient()))
        key = SigningKey.generate("desk-outside").verify_key
        bundle = replace(bundle, desks=(*bundle.desks, Desk("outside", OUTSIDE, key, (epoch,), openpgp=OTHER_KEY)))
    store = Store(config.paths.store_dir, StoreSettings(free_floor_bytes=0), today=lambda: clock().date())
    site = Site(create_app(config, store, bundle, world.server_key, clock), store, world, clock, folder)
    with serving(site) as address:
        yield site, address
    store.close()


# Letters.


def letters(site: Site, language: str) -> dict[str, dict[str, Any]]:
    """Return, by a name, what a letter can hold at each point of the way of a report; texts in that language."""
    _told, thanks, asked = SAID[language]
    proof = make_filing_proof(FilingProof("The Open Door", "2026-W47", ("ab" * 32,)), site.world.desk_key)
    receipt = Entry(EntryKind.RECEIPT, "2026-W47", "", ("ab" * 32, "cd" * 32), proof=proof)
    reply = Entry(EntryKind.REPLY, "2026-W48", thanks)
    questions = [Entry(EntryKind.QUESTION, f"2026-W{48 + n}", asked, question=f"{n:032x}") for n in (1, 2)]
    some, more = frozenset({Audience.LEADS}), frozenset({Audience.LEADS, Audience.LAWYER})
    passed_on = Entry(EntryKind.FORWARDED, "2026-W50", "", audiences=more)
    change = Entry(EntryKind.CONSENT, "2026-W49", "", audiences=more, originals=True)
    notice = Entry(EntryKind.NOTICE, "2026-W51", thanks)
    allowed = Allowed(more, originals=True)
    return {
        "received": {"state": CaseState.RECEIVED, "entries": (receipt,), "allowed": Allowed(some)},
        "question": {"state": CaseState.QUESTION, "entries": (receipt, reply, *questions), "allowed": Allowed(some)},
        "passed-on": {
            "state": CaseState.FORWARDED,
            "entries": (receipt, reply, change, passed_on, notice),
            "allowed": allowed,
            "dropped": 3,
        },
        "closed": {
            "state": CaseState.CLOSED,
            "outcome": Outcome.CANNOT_TELL,
            "entries": (receipt, reply, change, passed_on),
            "allowed": allowed,
        },
    }


def put_letter(site: Site, words: str, *, by_server: bool = False, **said: Any) -> None:
    """Put a letter into the box of these words; one that the server has signed is none of the desk's."""
    keys = MailboxKeys.derive(WordLists.load().read(words), site.world.bundle().salt)
    signer = site.world.server_key if by_server else site.world.desk_key
    sealed = write_letter(Letter(keys.address, 1, **said), signer, keys.identity.recipient())
    site.store.replace_letters([(keys.address, sealed)])
