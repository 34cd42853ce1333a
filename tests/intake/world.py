"""A small organisation with its keys, for the tests of the server."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask

from intake.language_states import DRAFTS, LANGUAGES
from intake.source import pages
from intake.source.app import BLUEPRINTS
from intake.source.languages import VALUE, register_pages
from keys.sealing.age import HybridIdentity
from keys.sealing.atomic import atomic_write
from keys.sealing.key_file import KeyFile
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Contact, Desk, Epoch, Policy, PublicBundle
from tests.keys.sealing.openpgp_forge import stored_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.routing import MapAdapter

OPENPGP = stored_bytes("keys/desk.asc").decode()
"""The desk's OpenPGP key, for which GnuPG has sealed the files of tests/vectors/openpgp."""
TODAY = dt.date(2026, 11, 20)


@cache
def _paths() -> MapAdapter:
    app = Flask("paths")
    register_pages(app, list(LANGUAGES), BLUEPRINTS, pages.landing)
    return app.url_map.bind("")


def at(endpoint: str, language: str = "en", **values: str) -> str:
    """Return the path of a page, as the app itself makes it: ``at("report.write", "fr")``."""
    return _paths().build(endpoint, {VALUE: language, **values})


WRITE = at("report.write")


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: dt.datetime = field(default_factory=lambda: dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC))

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


@dataclass(frozen=True)
class World:
    """Keys of everybody."""

    root: SigningKey = field(default_factory=lambda: SigningKey.generate("root"))
    desk_key: SigningKey = field(default_factory=lambda: SigningKey.generate("desk-one"))
    server_key: SigningKey = field(default_factory=lambda: SigningKey.generate("server-one"))
    epoch: HybridIdentity = field(default_factory=HybridIdentity.generate)
    spare_key: SigningKey = field(default_factory=lambda: SigningKey.generate("desk-spare"))
    spare_epoch: HybridIdentity = field(default_factory=HybridIdentity.generate)

    def bundle(
        self, lanes: frozenset[str] = frozenset({"arrival", "presealed"}), *, spare: bool = False
    ) -> PublicBundle:
        epoch = Epoch("one", str(self.epoch.recipient()), dt.date(2020, 1, 1), dt.date(2099, 1, 1))
        return PublicBundle(
            serial=1,
            issued=TODAY,
            organisation="The Open Door",
            salt=b"salt of this test" * 2,
            desks=(
                Desk("main", "Main desk", self.desk_key.verify_key, (epoch,), openpgp=OPENPGP),
                *((self.spare_desk(),) if spare else ()),
            ),
            servers=(self.server_key.verify_key,),
            contacts=(Contact("Helpline", "0800 1234"),),
            policy=Policy(lanes=lanes),
        )

    def spare_desk(self) -> Desk:
        epoch = Epoch("spare", str(self.spare_epoch.recipient()), dt.date(2020, 1, 1), dt.date(2099, 1, 1))
        return Desk("spare", "Spare desk", self.spare_key.verify_key, (epoch,), spare=True)

    def write_papers(self, folder: Path) -> None:
        (folder / "public-bundle.note").write_bytes(self.bundle().to_note(self.root))
        (folder / "root.pub").write_text(str(self.root.verify_key) + "\n")
        atomic_write(folder / "server.key", KeyFile.of_signing_key(self.server_key).to_json())


CONFIG = """
[paths]
store_dir = "store"
run_dir = "run"
tor_dir = "tor"
public_bundle = "public-bundle.note"
root_key = "root.pub"
server_key = "server.key"

[door]
opening_days = ["monday", "thursday"]
about = { en = "We are five groups. We check reports about abuse of power." }
[[door.danger_contacts]]
name = "Legal aid line"
reach = "+999 555 0100"
note = { en = "Free, day and night." }

[limits]
submission_mib = 64
"""


def config_in(*languages: str) -> str:
    """Return the configuration of a door in these languages, with each text in every one of them."""

    def in_all(text: re.Match[str]) -> str:
        return "{ " + ", ".join(f"{code} = {text[1]}" for code in languages) + " }"

    said = re.sub(r'\{ en = ("[^"]*") \}', in_all, CONFIG)
    drafts = [code for code in languages if code in DRAFTS]
    offered = f"languages = {json.dumps(languages)}\ndraft_languages = {json.dumps(drafts)}\n"
    return said.replace("[door]\n", "[door]\n" + offered)
