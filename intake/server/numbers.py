"""Every limit of the server, with its unit and its reason. Tests pass smaller ones."""

from __future__ import annotations

from dataclasses import dataclass

from keys.sealing.limits import FORM_OVERHEAD_BYTES, KIB, MESSAGE_BYTES, MIB

LONGEST_UTF8 = 3
"""Bytes that a browser may send for one byte's worth of a message's limit, before the limit is checked."""

READ_AHEAD_BYTES = 2 * KIB
"""What gunicorn's body reader may read beyond what it is asked for (1 KiB), and one byte to notice a limit with."""


@dataclass(frozen=True)
class Pace:
    """How slow a peer may be, in one direction of one connection.

    Only time spent waiting for the peer counts, never the app's own work.

    Attributes:
        idle_seconds: silence that ends the connection. A frozen relay was silent for over a minute; a stalled circuit
            that comes back does so sooner.
        window_seconds: waiting time over which the rate is judged.
        window_bytes: what must pass in one window. 1 KiB/s is a twentieth of a poor mobile circuit (20 KiB/s), for the
            bad minutes that every circuit has.
        patient_seconds: waiting time after which the average since the beginning counts too: circuits recover.
        average_bytes: what must then have passed a second. A quarter of a poor mobile circuit: who sends 1 KiB/s for
            ever holds a slot for ten minutes.
        longest_seconds: waiting time that nobody may exceed: 2 GiB, the most that a form takes, at 20 KiB/s.
    """

    idle_seconds: float = 60.0
    window_seconds: float = 60.0
    window_bytes: int = 60 * KIB
    patient_seconds: float = 600.0
    average_bytes: int = 5 * KIB
    longest_seconds: float = 30 * 3600.0

    def seconds_for(self, size: int) -> float:
        """Return how long ``size`` bytes may take."""
        return self.idle_seconds + size * self.window_seconds / max(1, self.window_bytes)


@dataclass(frozen=True)
class Anteroom:
    """What may wait for a request to become complete, in the main loop and without a thread.

    Attributes:
        head_seconds: from the connection to the end of the request header, the PROXY line included. Tor opens the
            connection one round trip before the request arrives: seconds on a bad circuit.
        head_bytes: a whole header. Tor Browser sends about 600 bytes, our cookie adds at most 4 KiB.
        small_body_bytes: of a declared body so much is collected here too, so that a text report or a codename that
            trickles in never holds a thread. A form with the longest message, over the limit even, is smaller; and of
            a form with files the text is here before the request asks for a slot, so that it costs no file's slot.
        connections: how many may wait; of the circuit with most of them the oldest leaves. 2,048 file descriptors are
            cheap, threads are not.
        buffered_bytes: what all of them may hold in memory together; of the circuit that holds most the oldest leaves.
        read_bytes: one read of one connection, so that nobody holds the loop.
    """

    head_seconds: float = 15.0
    head_bytes: int = 16 * KIB
    small_body_bytes: int = LONGEST_UTF8 * MESSAGE_BYTES + FORM_OVERHEAD_BYTES
    connections: int = 2048
    buffered_bytes: int = 64 * MIB
    read_bytes: int = 64 * KIB


@dataclass(frozen=True)
class Draining:
    """Reading and throwing away what a client still sends after its answer, in the main loop and without a thread.

    Firefox shows an early answer only if the upload's remaining bytes are read first (3 of 3 times so, 0-1 of 3
    otherwise).

    Attributes:
        most_bytes: thrown away at most.
        most_seconds: at most this long.
        idle_seconds: silence that ends it.
        connections: how many at once; of the circuit with most of them the oldest is closed.
    """

    most_bytes: int = 256 * MIB
    most_seconds: float = 60.0
    idle_seconds: float = 5.0
    connections: int = 256


@dataclass(frozen=True)
class Slots:
    """How many requests with a body may be worked on at once. They and those that wait stay below the threads.

    Attributes:
        bodies: all of them. A hundred slow uploads are a busy day.
        texts: of these, kept for small bodies. They arrive complete, so each holds one for some milliseconds.
        uploads_a_circuit: uploads of one circuit that run or wait. Tor Browser gives a site one circuit: two windows,
            and an upload begun again before the broken one was noticed.
        waiting: requests that wait for a slot, each in a thread, drawn at random when one is free.
        patience_seconds: how long a request waits before it is refused in words.
    """

    bodies: int = 128
    texts: int = 32
    uploads_a_circuit: int = 3
    waiting: int = 64
    patience_seconds: float = 10.0

    @property
    def threads_held(self) -> int:
        """Threads that bodies can hold at the most; pages have the rest."""
        return self.bodies + self.waiting


@dataclass(frozen=True)
class Rates:
    """What one circuit may ask for. A new one costs 0.2 s: tor's proof of work prices them, this keeps one in check.

    Attributes:
        pages: any request. A person who reads does a page every few seconds; a whole first report takes three.
        bodies: requests with a body: reports, added files, codenames.
        tries: codenames that are tried, right or wrong. A person who reads a paper needs half a minute for each.
            Guessing is hopeless at any rate (docs/operator-reference.md has the figures); this keeps it cheap for us.
        circuits: circuits remembered at once (about 200 bytes each); the ones that expire first are forgotten first.
    """

    pages: str = "120 per minute"
    bodies: str = "30 per minute"
    tries: str = "20 per 10 minutes"
    circuits: int = 65_536


@dataclass(frozen=True)
class ServerNumbers:
    """All of them.

    Attributes:
        threads: one worker's threads. Limits, session key and upload cap exist once, so there is one worker.
        stop_seconds: requests under way get this long after SIGTERM, then their connections are closed.
        backlog: connections that the kernel holds while the loop is busy.
        request_line_bytes: no URL of ours is longer than some hundred bytes.
        header_fields: Tor Browser sends about fifteen.
    """

    threads: int = 256
    inbound: Pace = Pace()
    outbound: Pace = Pace()
    anteroom: Anteroom = Anteroom()
    draining: Draining = Draining()
    slots: Slots = Slots()
    rates: Rates = Rates()
    stop_seconds: float = 3.0
    backlog: int = 1024
    request_line_bytes: int = 2048
    header_fields: int = 50

    def __post_init__(self) -> None:
        """Refuse numbers with which bodies could hold every thread."""
        if self.slots.threads_held >= self.threads:
            raise ValueError("bodies could hold every thread: bodies + waiting must stay below threads")

    @property
    def connections(self) -> int:
        """Connections that one worker holds before it stops accepting."""
        return self.anteroom.connections + self.draining.connections + 4 * self.threads


SERVER_NUMBERS = ServerNumbers()
