"""What the desk says of things in a letter that may endanger somebody: what was found, why, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from reviewer.cautions import Danger
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reviewer.cautions import Caution

ASK_DESPITE = _("Read it once more. Does it go in spite of that?")
STOPPED = _("This letter holds what may endanger somebody: {kinds}.")
CHANGE_IT = _("Change the text; or, if it must stay, add {options}.")

WHY = {
    Danger.SOURCE_NAME: _(
        "The source gave this as a name or a way to be reached. Whoever sees the letter knows whose it is. "
        "Leave it out: the source knows who they are."
    ),
    Danger.FILE_NAME: _(
        "A file of this case has this name. Whoever finds the file on a computer knows who sent it. "
        "Say what is in the file instead."
    ),
    Danger.EIGHT_WORDS: _(
        "These look like the words of a box. Who has all eight can read every letter in it. "
        "Words never go into a letter: take them out."
    ),
    Danger.PERSON: _(
        "This person or organisation is written down in the case. Who finds the letter reads of whom the source "
        'told. Say "the person whom you named" instead.'
    ),
    Danger.OTHER_NAME: _(
        "This is a name from another case: its source, or somebody in it. This letter would give them away. "
        "Take it out, or say it in a way that fits many."
    ),
    Danger.OTHER_LABEL: _(
        "This is a label of another case. It may tell this source what others report. Take it out, or use a "
        "word that tells less."
    ),
    Danger.OTHER_CASE: _(
        "This is the number of another case. It tells that there is another report, and how many came. Take it out."
    ),
    Danger.TIME: _(
        "This is an exact time. Who sees the letter can compare it with cameras, shifts and telephones. "
        'Ask for a month, or say "around then".'
    ),
    Danger.DAY: _(
        "This is an exact day. Few people may know of it, and the letter shows that its reader does. "
        "Write a month or a season."
    ),
    Danger.PHONE: _(
        "This looks like a telephone number. A call or a message leaves a trace with the telephone company, "
        "and the number ties its owner to the letter. Let the source write here."
    ),
    Danger.ADDRESS: _(
        "This is an address for mail or messages. Who writes there leaves Tor and this box, and is seen. "
        "Let the source write here."
    ),
    Danger.LINK: _(
        "This is a link. Opening it shows to the site, and to whoever watches it, that the source read this "
        "letter and when. Outside Tor Browser it also shows from where. Say in words what stands there."
    ),
}
"""What each danger is, and what to do about it."""


def cautions(found: Iterable[Caution]) -> Iterator[str]:
    """Each thing that was found, and what to do about it."""
    for one in found:
        yield _('ATTENTION: "{found}"').format(found=one_line(one.found))
        yield f"    {WHY[one.danger]}"


def stopped(kinds: Iterable[Danger]) -> tuple[str, str]:
    """What is said where a letter may not go, and what to do."""
    names = sorted(kinds)
    options = " ".join(f"--despite {name}" for name in names)
    return STOPPED.format(kinds=", ".join(names)), CHANGE_IT.format(options=options)
