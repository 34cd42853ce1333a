"""Our gunicorn worker: threads are for complete requests, everything that waits does so in the main loop.

Stock ``gthread`` gives a thread to every connection and waits in it for the header without a limit: 600 connections
that send only their PROXY line stop every page. It also closes connections in the main loop, waiting up to two seconds
for each client, after a half-close that browsers show as a reset. Here:

- A connection waits in the main loop until its header is complete, small bodies too (``heads.py``), 15 s at the most.
- Then it gets a thread; each read and write there has a limit of silence and a minimum rate (``pacing.py``).
- After the answer the rest of the upload is read and thrown away, again in the main loop (``draining.py``).
- When too many wait or drain, one of the circuit that holds most goes (``crowd.py``). Nothing ever stops the loop from
  accepting.

What this relies on inside gunicorn is pinned by ``tests/intake/server/test_gunicorn_contract.py``.
"""

from __future__ import annotations

import errno
import gc
import selectors
import socket
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData, ParseException
from gunicorn.workers.gthread import ThreadWorker

from intake.server.acted import ActedLimits
from intake.server.connection import DoorConnection, DoorRequest
from intake.server.crowd import who_goes
from intake.server.door import at_the_door
from intake.server.draining import DrainBudget, unread_bytes
from intake.server.heads import RefusedHeadError
from intake.server.pacing import MOST_READ, TooSlowError
from intake.server.plain_pages import plain_answer
from intake.server.quiet_log import utc_today

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from intake.server.numbers import ServerNumbers

_NOBODY_THERE = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_SWEEP_SECONDS = 1.0
_SWEEPS_A_LIMIT = 4
_DRAIN_READ = MOST_READ


class DoorWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """One process, one main loop, many threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = self.app.numbers
        self.acted = ActedLimits(self.app.acted, utc_today, self.app.acted_time)
        self.waiting: dict[DoorConnection, None] = {}  # in the order of arrival
        self.draining: dict[DoorConnection, None] = {}
        self.with_thread: set[DoorConnection] = set()
        self.buffered = 0
        self._something_to_forget = False
        self._sweep_seconds = _sweep_seconds(self.numbers)
        self._next_sweep = 0.0
        self._stop_at: float | None = None

    def load_wsgi(self) -> None:
        """Load the app and put the door in front of it."""
        self.wsgi = at_the_door(self.app.wsgi(), self._note)
        gc.collect()
        gc.freeze()  # what lives as long as the process is not looked at again: a collection then takes milliseconds

    def run(self) -> None:
        """Serve until told to stop; then keep what was counted."""
        try:
            super().run()
        finally:
            self._keep_counts(self.acted.keep)

    def _note(self, kind: str) -> None:
        """Count that a limit acted: for the log, and for the operator's status."""
        self.log.note(kind)
        self.acted.count(kind)

    # The main loop.

    def accept(self, listener: Any) -> None:
        """Take a connection in; it gets no thread yet."""
        try:
            accepted = listener.accept()
        except OSError as error:
            if error.errno in _NO_DESCRIPTORS:
                self._make_room()
            elif error.errno not in _NOBODY_THERE:
                raise
            return
        deadline = time.monotonic() + self.numbers.anteroom.head_seconds
        connection = DoorConnection(self.cfg, accepted, self.numbers, deadline)
        self.nr_conns += 1
        self.waiting[connection] = None
        if len(self.waiting) > self.numbers.anteroom.connections:
            self._drop(who_goes(self.waiting), "too-many-waiting")
        self.poller.register(connection.sock, selectors.EVENT_READ, partial(self._on_waiting_readable, connection))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait no longer than until the next sweep."""
        super().wait_for_and_dispatch_events(min(timeout, self._sweep_seconds))

    def murder_pending(self) -> None:
        """Close what has waited or drained for too long; called after every round of the loop."""
        now = time.monotonic()
        if now < self._next_sweep and self.alive:
            return
        self._next_sweep = now + self._sweep_seconds
        for connection in [each for each in self.waiting if each.deadline <= now or not self.alive]:
            self._drop(connection, "never-complete" if self.alive else "")
        for connection in [each for each in self.draining if each.deadline <= now or not self.alive]:
            if self.alive and connection.budget is not None and connection.budget.went_on:
                self._note("drained-too-long")
            self._close(connection)
        self._forget()
        self.log.end_of_day()
        self._keep_counts(self.acted.end_of_day)
        if not self.alive:
            self._stop_threads(now)

    def handle_quit(self, sig: int, frame: object) -> None:
        """Stop at once: threads see the end of their streams, so that the process can end."""
        self._cut_threads()
        super().handle_quit(sig, frame)

    def finish_request(self, conn: DoorConnection, fs: Future[bool]) -> None:
        """Take the connection back from its thread: drain what is still coming, or close."""
        self.with_thread.discard(conn)
        unread = unread_bytes(conn.parser)
        conn.parser = None
        self._something_to_forget = True
        if fs.cancelled() or fs.exception() or not fs.result() or unread == 0 or not self.alive:
            self._close(conn)
        else:
            self._drain(conn, unread)

    # In a thread.

    def handle(self, conn: DoorConnection) -> bool:
        """Answer one request. Returns whether the client may still be sending, so that its answer needs a drain."""
        request = None
        try:
            request = conn.next_request()
            self.handle_request(request, conn)
        except (NoMoreData, StopIteration, ConnectionError, TooSlowError):
            return False
        except Exception as error:  # noqa: BLE001 - whatever an app or a parser raises ends here, in silence
            self.handle_error(request, conn.paced, conn.client, error)
        finally:
            if conn.paced.too_slow:
                self._note("too-slow")
        return True

    def handle_request(self, req: DoorRequest, conn: DoorConnection) -> None:
        """Let gunicorn call the app; it writes through the paced socket."""
        super().handle_request(req, _Thread(conn))

    def handle_error(self, req: object, client: Any, addr: object, exc: Exception) -> None:  # noqa: ARG002 - gunicorn's
        """Answer with a short page and log the kind; stock gunicorn shows and logs what was sent."""
        status = _status_of(exc)
        self.log.failure("request-failed", exc)
        if isinstance(exc, ParseException):
            self.acted.count("malformed")
        if not client.answering:
            with suppress(OSError):
                client.sendall(plain_answer(status))

    # States.

    def _on_waiting_readable(self, connection: DoorConnection, sock: socket.socket) -> None:
        try:
            data = sock.recv(self.numbers.anteroom.read_bytes)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        self._feed(connection, data)

    def _feed(self, connection: DoorConnection, data: bytes) -> None:
        had_head = connection.head.has_head
        self.buffered += len(data)
        try:
            connection.head.feed(data)
        except RefusedHeadError as refusal:
            self._refuse(connection, refusal)
            return
        if connection.head.complete:
            self._give_thread(connection)
            return
        if connection.head.has_head and not had_head:
            connection.deadline = time.monotonic() + self.numbers.inbound.seconds_for(connection.head.body_bytes)
        while self.buffered > self.numbers.anteroom.buffered_bytes:
            self._drop(self._whose_body_goes(), "too-much-waiting")

    def _whose_body_goes(self) -> DoorConnection:
        """Bodies are what fills the memory; whoever has sent no header yet holds next to nothing."""
        bodies = [each for each in self.waiting if each.head.has_head]
        return who_goes(bodies or self.waiting, lambda each: len(each.head), self.numbers.anteroom.small_body_bytes)

    def _give_thread(self, connection: DoorConnection) -> None:
        self._leave_anteroom(connection)
        self.with_thread.add(connection)
        self.enqueue_req(connection)

    def _refuse(self, connection: DoorConnection, refusal: RefusedHeadError) -> None:
        self._note(refusal.kind)
        with suppress(OSError):
            connection.sock.send(plain_answer(refusal.status))
        self._leave_anteroom(connection)
        self._drain(connection, None)

    def _drop(self, connection: DoorConnection, kind: str = "") -> None:
        if kind:
            self._note(kind)
        self._leave_anteroom(connection)
        self._close(connection)

    def _leave_anteroom(self, connection: DoorConnection) -> None:
        del self.waiting[connection]
        self.buffered -= len(connection.head)
        with suppress(KeyError):  # the newest, dropped before it was registered
            self.poller.unregister(connection.sock)

    def _drain(self, connection: DoorConnection, unread: int | None) -> None:
        connection.budget = DrainBudget(self.numbers.draining, unread, time.monotonic())
        connection.deadline = connection.budget.deadline
        connection.sock.setblocking(False)
        self.draining[connection] = None
        self.poller.register(connection.sock, selectors.EVENT_READ, partial(self._on_draining_readable, connection))
        if len(self.draining) > self.numbers.draining.connections:
            self._note("too-many-draining")
            self._close(who_goes(self.draining))

    def _on_draining_readable(self, connection: DoorConnection, sock: socket.socket) -> None:
        try:
            size = len(sock.recv(_DRAIN_READ))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            size = 0
        budget = connection.budget
        if not size or budget is None:
            self._close(connection)
            return
        budget.count(size, time.monotonic())
        connection.deadline = budget.deadline
        if budget.cut_short:
            self._note("drained-too-long")
        if budget.spent:
            self._close(connection)

    def _close(self, connection: DoorConnection) -> None:
        if connection in self.draining:
            del self.draining[connection]
            self.poller.unregister(connection.sock)
        self.nr_conns -= 1
        connection.close()

    def _forget(self) -> None:
        """Free what requests have left in cycles: an exception holds frames, and they hold reports."""
        if self._something_to_forget:
            self._something_to_forget = False
            gc.collect()

    def _make_room(self) -> None:
        """Out of file descriptors: one that holds no thread goes."""
        self._note("no-descriptors")
        if self.waiting:
            self._drop(who_goes(self.waiting))
        elif self.draining:
            self._close(who_goes(self.draining))

    def _keep_counts(self, keep: Callable[[], None]) -> None:
        try:
            keep()
        except OSError as error:
            self.log.failure("counts-not-kept", error)

    def _stop_threads(self, now: float) -> None:
        """After the grace, threads see the end of their streams, and apps clean up after themselves."""
        if self._stop_at is None:
            self._stop_at = now + self.numbers.stop_seconds
        elif now >= self._stop_at:
            self._cut_threads()

    def _cut_threads(self) -> None:
        for connection in self.with_thread:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)


class _Thread:
    """What gunicorn's ``handle_request`` reads of a connection."""

    def __init__(self, connection: DoorConnection) -> None:
        self.sock = connection.paced
        self.client = connection.client
        self.server = ""  # the environment's SERVER_NAME then comes from the Host header


def _sweep_seconds(numbers: ServerNumbers) -> float:
    """Return how often deadlines are looked at: a quarter of the shortest, a second at the most."""
    shortest = min(numbers.anteroom.head_seconds, numbers.draining.idle_seconds, numbers.stop_seconds)
    return min(_SWEEP_SECONDS, shortest / _SWEEPS_A_LIMIT)


def _status_of(error: Exception) -> HTTPStatus:
    match error:
        case LimitRequestLine():
            return HTTPStatus.REQUEST_URI_TOO_LONG
        case LimitRequestHeaders():
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        case ParseException():
            return HTTPStatus.BAD_REQUEST
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR
