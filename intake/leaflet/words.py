"""What the leaflet and the clearnet pages say, in the words of one language.

Short, plain, and nothing that is not true everywhere. The address and what the operator wrote come from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import get_day_names
from babel.lists import format_list

from intake.config import WEEKDAYS
from intake.source.translation import catalogue_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Words:
    """All texts, translated.

    Attributes:
        invitation: what this is, as a heading.
        promise: one sentence below it.
        address: says what the signs under the QR code are.
        compare: what to do with them.
        compare_page: the same, on a page.
        seen: what a page on the ordinary web gives away.
        opening: when somebody reads, with the days in it.
        steps_heading: above the steps.
        steps: how to get there, in order.
        cautions_heading: above the cautions.
        cautions: what would give somebody away.
        caution_paper: the same of a piece of paper.
        danger: above the contacts for danger now.
        signed: how to check that the address is ours; true only if members signed it.
    """

    invitation: str
    promise: str
    address: str
    compare: str
    compare_page: str
    seen: str
    opening: str
    steps_heading: str
    steps: tuple[str, ...]
    cautions_heading: str
    cautions: tuple[str, ...]
    caution_paper: str
    danger: str
    signed: str


def words_of(language: str, opening_days: Sequence[str]) -> Words:
    """Say everything in a language of the pages; what has no translation yet is English."""
    locale = Locale.parse(language, sep="-")
    _ = catalogue_of(language).ugettext
    names = get_day_names("wide", locale=locale)
    days = format_list([names[WEEKDAYS.index(day)] for day in opening_days], locale=locale)
    return Words(
        invitation=_("Tell us what you know"),
        promise=_(
            "You need no name, no account and no email. What you send is sealed as it comes in. "
            "Then only our reviewers can open it."
        ),
        address=_("Our address. It opens in Tor Browser only:"),
        compare=_("Type it without spaces. Then compare it with this paper, group by group."),
        compare_page=_("Copy it into Tor Browser. Then compare it with a paper of ours, group by group."),
        seen=_("This page is on the ordinary web: your network can see that you opened it. Go on in Tor Browser."),
        opening=_("We open the box every %(days)s. On other days nobody reads it.") % {"days": days},
        steps_heading=_("How to get there"),
        steps=(
            _(
                "Get Tor Browser. It is free, about 100 MB. Android: Google Play, F-Droid or torproject.org. "
                "iPhone: Onion Browser from the App Store. Computer: torproject.org."
            ),
            _("Is that site blocked? Ask somebody you trust for the file."),
            _("Tor does not connect? In its settings choose Connection, then ask for a bridge."),
            _("Open the shield and choose “Safest”. All our pages work with it."),
            _("Type our address, and write to us. Copy the eight words there onto paper: they bring you back."),
        ),
        cautions_heading=_("What to avoid"),
        cautions=(
            _("No phone from work. No network at work."),
            _("We have no app, and we never write first. Who offers you an app is not us."),
            _("Do not search the web for us."),
        ),
        caution_paper=_("Do not keep this paper where others look."),
        danger=_("If you are in danger now"),
        signed=_("Our members have signed this address. Ask one of them whom you know to read it to you."),
    )
