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
    assert [one.number for one in visits._ended.values()] == [last.number + 1]


def test_leaving_ends_every_visit_of_the_mailbox_that_had_begun_and_none_that_begins_later() -> None:
    visits = Visits(Clock())
    codename = WordList.load().draw()
    one, other = visits.start(codename), visits.start(codename)
    stranger = visits.start(WordList.load().draw())
    cookies = [visits.to_cookie(visit) for visit in (one, other, stranger)]
    visits.end(other)
    later = visits.start(codename)
    assert [visits.from_cookie(cookie) for cookie in cookies] == [None, None, stranger]
    assert visits.from_cookie(visits.to_cookie(later)) == later


def test_how_long_a_cookie_is_says_nothing_of_how_many_visits_there_were() -> None:
    visits = Visits(Clock())
    codename = WordList.load().draw()
    lengths = {len(visits.to_cookie(visits.start(codename))) for _ in range(101)}
    assert len(lengths) == 1


def test_nobody_reads_a_mailbox_off_the_visits_that_ended() -> None:
    codename = WordList.load().draw()
    marks: list[bytes] = []
    for visits in (Visits(Clock()), Visits(Clock())):
        visits.end(visits.start(codename))
        marks += visits._ended
    assert len(set(marks)) == len(marks)


def test_what_the_next_page_is_to_say_travels_sealed_short_in_any_script_and_is_not_printed() -> None:
    visits = Visits(Clock())
    visit = replace(visits.start(WordList.load().draw()), news="\u0635" * 900)
    cookie = visits.to_cookie(visit)
    assert visits.from_cookie(cookie) == visit
    assert len(cookie) < 4_000
    assert "\u0635" not in repr(visit)
