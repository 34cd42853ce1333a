"""Logs that cannot tell of a source.

Rules:

1. No line is made for a request that was answered. What clients cause (slow, malformed, unfinished) is counted and
   written once a day: a line at once would be a time finer than a day.
2. What is our fault is written at once: the kind of the exception and the places in our code, never its text, which may
   hold a source's words. The same warning or failure is written once a day and counted.
3. Of other people's records (gunicorn, Flask, libraries) only the ones listed in ``LIFE`` are written in words. Of all
   others, warnings and worse: level, logger and place.
4. What Python itself prints about exceptions and warnings goes the same way.
5. Lines carry no time of their own.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.glogging import Logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from types import TracebackType

OWN = "khomo"
"""Loggers of this name, and below, write their words; their words hold no source data."""

LIFE = frozenset(
    {
        "Starting gunicorn %s",
        "Shutting down: %s",
        "Reason: %s",
        "Handling signal: %s",
        "Booting worker with pid: %s",
        "Worker exiting (pid: %s)",
        "Worker (pid:%s) exited with code %s.",
        "Worker (pid:%s) was sent %s!",
        "WORKER TIMEOUT (pid:%s)",
        "Connection in use: %s",
        "Can't connect to %s",
    }
)
"""gunicorn's own records about processes and sockets: their arguments are ours."""

_OUR_CODE = Path(__file__).resolve().parents[2]


class QuietFormatter(logging.Formatter):
    """Makes a line of a record without letting its words through, unless they are known to be ours."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        ours = record.name == OWN or record.name.startswith(f"{OWN}.")
        lives = record.name.startswith("gunicorn") and record.msg in LIFE
        words = record.getMessage() if ours or lives else f"{record.name} at {record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[1] is not None:
            words = f"{words}: {kind_and_places(record.exc_info[1])}"
        return f"{record.levelname.lower()}: {words}"


class DayCounts:
    """Counts by kind, given away once a day."""

    def __init__(self, today: Callable[[], date]) -> None:
        self._today = today
        self._day = self._told_day = today()
        self._told: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, kind: str) -> bool:
        """Count one; tell whether it is the first of its kind today."""
        with self._lock:
            if self._told_day != self._today():
                self._told_day, self._told = self._today(), set()
            self._counts[kind] += 1
            first = kind not in self._told
            self._told.add(kind)
            return first

    def finished_day(self) -> dict[str, int]:
        """Return the counts of a day that is over, once; empty while it lasts."""
        with self._lock:
            if self._today() == self._day:
                return {}
            counts, self._counts, self._day = dict(self._counts), Counter(), self._today()
            return counts


class QuietFilter(logging.Filter):
    """Lets through what is ours, what is about processes, and other people's warnings; each warning once a day."""

    def __init__(self, counts: DayCounts) -> None:
        super().__init__()
        self._counts = counts
        self._formatter = QuietFormatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is worth a line."""
        if record.levelno >= logging.WARNING:
            return self._counts.add(self._formatter.format(record))
        return record.name.split(".", 1)[0] == OWN or record.msg in LIFE


def utc_today() -> date:
    """Return the day in UTC."""
    return datetime.now(UTC).date()


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger with our words."""

    def __init__(self, cfg: Any, today: Callable[[], date] = utc_today) -> None:
        self._counts = DayCounts(today)
        super().__init__(cfg)

    def setup(self, cfg: Any) -> None:
        """Send gunicorn's records where everybody else's go."""
        self.cfg = cfg
        self.loglevel = logging.INFO
        silence(self._counts)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = log is self.error_log
            log.setLevel(logging.INFO)

    def access(self, resp: object, req: object, environ: object, request_time: object) -> None:
        """Write nothing."""

    def note(self, kind: str) -> None:
        """Count something that a client caused."""
        self._counts.add(kind)

    def failure(self, kind: str, error: Exception) -> None:
        """Tell that a request failed: at once if the fault is ours, else count it."""
        what = f"{kind}: {kind_and_places(error)}"
        if type(error).__module__.startswith("gunicorn."):
            self.note(what)
        else:
            logging.getLogger(OWN).error(what)

    def end_of_day(self) -> None:
        """Write the counts of a day that is over."""
        for kind, count in sorted(self._counts.finished_day().items()):
            logging.getLogger(OWN).info("yesterday: %s, %d times", kind, count)


def silence(counts: DayCounts | None = None) -> None:
    """Make every log of this process quiet; call again at will."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(QuietFormatter())
    handler.addFilter(QuietFilter(counts or DayCounts(utc_today)))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.INFO)
    logging.raiseExceptions = False  # else a broken record is printed with its arguments
    warnings.showwarning = _on_warning
    warnings.simplefilter("always", append=True)  # the default keeps the words of every warning for ever, as "shown"
    sys.excepthook = _on_exception
    sys.unraisablehook = lambda unraisable: _say("unraisable", unraisable.exc_value)
    threading.excepthook = lambda args: _say("thread", args.exc_value)


def kind_and_places(error: BaseException) -> str:
    """Return the kinds of an exception and its causes, and where in our code it passed; never its text."""
    kinds: list[str] = []
    at: BaseException | None = error
    while at is not None and len(kinds) < 5:  # noqa: PLR2004 - enough to understand, and an end
        kinds.append(type(at).__name__)
        at = at.__cause__ or at.__context__
    return " from ".join(kinds) + _places(error)


def _places(error: BaseException) -> str:
    """Return the places in our code, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [(Path(frame.filename), frame.lineno) for frame in frames if Path(frame.filename).is_relative_to(_OUR_CODE)]
    places = [f"{path.parent.name}/{path.name}:{line}" for path, line in ours if "site-packages" not in path.parts]
    return f" at {', '.join(reversed(places[-3:]))}" if places else ""


def _say(where: str, error: BaseException | None) -> None:
    logging.getLogger(OWN).error("%s: %s", where, kind_and_places(error) if error else "no exception")


def _on_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *_more: object, **_named: object
) -> None:
    del message
    logging.getLogger(OWN).warning("%s at %s:%d", category.__name__, Path(filename).name, lineno)


def _on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    del kind, trace
    if not isinstance(error, KeyboardInterrupt):
        _say("stopped by", error)
