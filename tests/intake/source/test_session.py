from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from intake.source.limits import SESSION_IDLE, SESSION_LONGEST
from intake.source.session import Visits
from keys.sealing.codename import WordList
from tests.intake.world import Clock

SECOND = timedelta(seconds=1)


def test_a_visit_ends_after_exactly_so_long_without_a_request() -> None:
    clock = Clock()
    visits = Visits(clock)
    visit = visits.start(WordList.load().draw())
    cookie = visits.to_cookie(visit)
    clock.pass_by(seconds=(SESSION_IDLE - SECOND).total_seconds())
    assert visits.from_cookie(cookie) == visit
    clock.pass_by(seconds=1)
    assert visits.from_cookie(cookie) is None


def test_a_visit_ends_after_exactly_its_longest_time_however_busy() -> None:
    clock = Clock()
    visits = Visits(clock)
    visit = visits.start(WordList.load().draw())
    clock.pass_by(seconds=(SESSION_LONGEST - SECOND).total_seconds())
    cookie = visits.to_cookie(visit)
    assert visits.from_cookie(cookie) == visit
    clock.pass_by(seconds=1)
    assert visits.from_cookie(cookie) is None


def test_an_ended_visit_stays_ended_when_others_end() -> None:
    clock = Clock()
    visits = Visits(clock)
    one, other = (visits.start(WordList.load().draw()) for _ in range(2))
    cookie = visits.to_cookie(one)
    visits.end(one)
    clock.pass_by(seconds=60)
    visits.end(other)
    assert visits.from_cookie(cookie) is None


def test_ended_visits_are_forgotten_once_no_cookie_of_theirs_could_open() -> None:
    clock = Clock()
    visits = Visits(clock)
    visits.end(visits.start(WordList.load().draw()))
    clock.pass_by(seconds=SESSION_LONGEST.total_seconds())
    visits.end(last := visits.start(WordList.load().draw()))
    assert list(visits._ended) == [last.name]


def test_what_the_next_page_is_to_say_travels_sealed_short_in_any_script_and_is_not_printed() -> None:
    visits = Visits(Clock())
    visit = replace(visits.start(WordList.load().draw()), news="\u0635" * 900)
    cookie = visits.to_cookie(visit)
    assert visits.from_cookie(cookie) == visit
    assert len(cookie) < 4_000
    assert "\u0635" not in repr(visit)
