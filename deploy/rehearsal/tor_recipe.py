"""How a private Tor network is put together: who takes part, at which address, with which lines.

Why the lines are as they are (measured on two cores, tor 0.4.9):

- Eight relays, three of them authorities: with fewer, a fresh circuit fails now and then.
- Only authorities are voted guards: a client that picks a relay without microdescriptors waits 10 s for nothing.
- First and later voting intervals are equal, because onion services compute their periods from the interval.
- Every listener and every outgoing connection uses one random address of 127.0.0.0/8: two networks never meet.
- Ports lie below the range that the system gives to outgoing connections.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

AUTHORITIES = ("auth0", "auth1", "auth2")
RELAYS = ("relay0", "relay1", "relay2", "relay3", "relay4")
CLIENT = "client"
EVERYONE = (*AUTHORITIES, *RELAYS, CLIENT)

VOTING_SECONDS = 10
"""Seconds between two votes; valid-after times are multiples of it."""

LEAD_SECONDS = 8.0
"""A relay uploads its descriptor about 2 s after its start and must do so 4 s before a vote."""

FIRST_OR_PORT = 5001
FIRST_DIR_PORT = 7001
SOCKS_PORT = 9050


@dataclass(frozen=True)
class Authority:
    """What everybody must know of an authority to believe it."""

    name: str
    v3_identity: str
    fingerprint: str

    def line(self, address: str) -> str:
        """Return the ``DirAuthority`` line."""
        ports = f"orport={or_port(self.name)} v3ident={self.v3_identity}"
        return f"DirAuthority {self.name} {ports} {address}:{dir_port(self.name)} {self.fingerprint}"


@dataclass(frozen=True)
class Plan:
    """One network: its address and its authorities."""

    address: str
    authorities: tuple[Authority, ...]

    def common(self, owner_pid: int) -> tuple[str, ...]:
        """Return the lines of everyone who takes part, a service's tor included."""
        return (
            "TestingTorNetwork 1",
            "UseDefaultFallbackDirs 0",
            *(authority.line(self.address) for authority in self.authorities),
            f"OutboundBindAddress {self.address}",
            "PathsNeededToBuildCircuits 0.67",
            "DormantCanceledByStartup 1",
            "ShutdownWaitLength 0",
            f"__OwningControllerProcess {owner_pid}",
        )

    def torrc(self, name: str, folder: Path, owner_pid: int) -> str:
        """Return the whole torrc of one who takes part and lives in ``folder``."""
        own = self._client(folder) if name == CLIENT else self._relay(name)
        lines = (
            *self.common(owner_pid),
            f"DataDirectory {folder / 'data'}",
            f"Log notice file {folder / 'log'}",
            *own,
        )
        return "\n".join(lines) + "\n"

    def _client(self, folder: Path) -> tuple[str, ...]:
        return (
            f"SocksPort {self.address}:{SOCKS_PORT} ExtendedErrors",
            f"ControlSocket {folder / 'control'}",
            "CookieAuthentication 0",
            "MaxClientCircuitsPending 256",
        )

    def _relay(self, name: str) -> tuple[str, ...]:
        lines = (
            f"Nickname {name}",
            f"Address {self.address}",
            f"ORPort {self.address}:{or_port(name)}",
            "SocksPort 0",
            "AssumeReachable 1",
            "ExitRelay 0",
            "ContactInfo nobody@rehearsal.invalid",
        )
        return (*lines, *self._authority(name)) if name in AUTHORITIES else lines

    def _authority(self, name: str) -> tuple[str, ...]:
        guards = ",".join(f"${authority.fingerprint}" for authority in self.authorities)
        return (
            f"DirPort {self.address}:{dir_port(name)}",
            "AuthoritativeDirectory 1",
            "V3AuthoritativeDirectory 1",
            f"TestingV3AuthInitialVotingInterval {VOTING_SECONDS}",
            "TestingV3AuthInitialVoteDelay 2",
            "TestingV3AuthInitialDistDelay 2",
            f"V3AuthVotingInterval {VOTING_SECONDS}",
            "V3AuthVoteDelay 2",
            "V3AuthDistDelay 2",
            "TestingDirAuthVoteHSDir *",
            f"TestingDirAuthVoteGuard {guards}",
            "TestingDirAuthVoteGuardIsStrict 1",
        )


def draw_address() -> str:
    """Draw an address of the loopback network that nothing else is likely to use."""
    numbers = [secrets.randbelow(253) + 1 for _ in range(3)]
    return "127." + ".".join(str(number) for number in numbers)


def or_port(name: str) -> int:
    """Return where a relay listens for other relays."""
    return FIRST_OR_PORT + EVERYONE.index(name)


def dir_port(name: str) -> int:
    """Return where an authority listens for votes and descriptors."""
    return FIRST_DIR_PORT + EVERYONE.index(name)
