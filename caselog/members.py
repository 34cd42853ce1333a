"""Small members of a container that are read whole: each has a limit, which is looked at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError

if TYPE_CHECKING:
    from keys.sealing.container_reader import Container


def read_member(container: Container, path: str, most: int) -> bytes:
    """Return a member of at most ``most`` bytes; raises ``FormatError`` if it is not there, or longer."""
    sizes = {member.name: member.size for member in container.members}
    if sizes.get(path, most + 1) > most:
        raise FormatError(f"It has no {path}, or one that is too long.")
    with container.open(path) as stored:
        return stored.read()
