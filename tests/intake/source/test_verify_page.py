"""``khomo-reviewer verify-page`` over the real pages: they pass, and a page that somebody changed does not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from textwrap import wrap
from typing import TYPE_CHECKING

import pytest

from keys.opening.openpgp_keys import make_openpgp_key
from keys.sealing.age import HybridIdentity
from keys.sealing.notes import SigningKey
from keys.sealing.openpgp_packets import read_public_key
from keys.sealing.public_bundle import Desk
from reviewer.errors import ReviewerError
from reviewer.online.tor_web import Answer
from reviewer.online.verify_page import usable_keys, verify_page
from tests.intake.world import OPENPGP, TODAY, World
from tests.keys.sealing.openpgp_forge import stored_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.sealing.public_bundle import PublicBundle
    from reviewer.online.page_check import Verdict
    from tests.intake.source.conftest import Site


@dataclass
class Visited:
    """The app as a web; ``change`` is what an attacker does to answers."""

    site: Site
    change: Callable[[str, int, bytes], bytes] = lambda _path, _visitor, body: body
    visitors: list[str] = field(default_factory=list)

    def get(self, path: str, circuit: str) -> Answer:
        if circuit not in self.visitors:
            self.visitors.append(circuit)
        self.site.take_new_circuit()
        answer = self.site.get(path)
        body = self.change(path, self.visitors.index(circuit), answer.data)
        return Answer(answer.status_code, {name.lower(): value for name, value in answer.headers}, body)


LANES = frozenset({"arrival", "presealed"})


def checked(
    web: Visited, circuits: int = 2, lanes: frozenset[str] = LANES, bundle: PublicBundle | None = None
) -> Verdict:
    return verify_page(web, usable_keys(bundle or web.site.world.bundle(lanes), TODAY), circuits=circuits)


@pytest.fixture
def door(make_site: Callable[..., Site]) -> Site:
    return make_site(languages=("en", "ar"))


def test_our_pages_are_right_in_every_language(door: Site) -> None:
    verdict = checked(Visited(door))
    assert verdict.wrong == ()
    assert verdict.keys == {str(door.world.epoch.recipient()), read_public_key(OPENPGP).fingerprint}
    assert {"/", "/en/write", "/ar/write", "/en/return", "/en/about", "/en/how-to"} <= verdict.pages.keys()


def test_every_visitor_comes_over_a_circuit_of_their_own(door: Site) -> None:
    web = Visited(door)
    checked(web, circuits=3)
    assert len(web.visitors) == 3


def test_another_key_for_everybody_is_noticed(door: Site) -> None:
    def swap(_path: str, _visitor: int, body: bytes) -> bytes:
        return re.sub(rb"age1pq1[a-z0-9]+", b"age1pq1" + b"q" * 60, body)

    wrong = checked(Visited(door, swap)).wrong
    assert any("A key that is not ours" in one for one in wrong)
    assert "No page shows the key of the desk." in wrong


def test_another_openpgp_key_for_everybody_is_noticed(door: Site) -> None:
    evil = make_openpgp_key("The Open Door", "Main desk", TODAY).public

    def swap(_path: str, _visitor: int, body: bytes) -> bytes:
        return body.replace(OPENPGP.encode(), evil.encode())

    wrong = checked(Visited(door, swap)).wrong
    assert "/en/seal/openpgp: An OpenPGP key that is not ours. Do not seal to it." in wrong
    assert "/en/seal/key.asc: A file that is not exactly one of our keys. Do not seal to it." in wrong


def test_another_fingerprint_beside_the_right_key_is_noticed(door: Site) -> None:
    right = grouped(OPENPGP)

    def swap(_path: str, _visitor: int, body: bytes) -> bytes:
        return body.replace(right.encode(), (right[:-1] + ("0" if right[-1] != "0" else "1")).encode())

    assert any("A fingerprint that is not of a key of ours" in one for one in checked(Visited(door, swap)).wrong)


@pytest.fixture
def two_desks(make_site: Callable[..., Site]) -> tuple[Site, PublicBundle]:
    """A door of an organisation with a desk outside of it, and its public bundle."""
    bundle = World().bundle(LANES, spare=True)
    epoch = replace(bundle.desks[0].epochs[0], id="outside", recipient=str(HybridIdentity.generate().recipient()))
    key = SigningKey.generate("desk-outside").verify_key
    outside = Desk("outside", "A desk outside", key, (epoch,), openpgp=stored_bytes("keys/other.asc").decode())
    bundle = replace(bundle, desks=(*bundle.desks, outside))
    return make_site(bundle=bundle), bundle


def test_where_two_desks_receive_each_has_its_pages_and_nothing_is_wrong(two_desks: tuple[Site, PublicBundle]) -> None:
    site, bundle = two_desks
    verdict = checked(Visited(site), bundle=bundle)
    assert verdict.wrong == ()
    assert len(verdict.keys) == 4


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/en/seal/age/2", "/en/seal/age/2: A key of Main desk, and not under that name alone."),
        ("/en/seal/openpgp/2", "/en/seal/openpgp/2: A key of Main desk, and not under that name alone."),
        ("/en/seal/key2.txt", "/en/seal/age/2: It offers /en/seal/key2.txt, with another key"),
        ("/en/seal/key2.asc", "/en/seal/openpgp/2: It offers /en/seal/key2.asc, with another key"),
    ],
)
def test_the_key_of_one_desk_in_the_place_of_anothers_is_noticed(
    two_desks: tuple[Site, PublicBundle], path: str, told: str
) -> None:
    site, bundle = two_desks
    main, outside = bundle.desks[0], bundle.desks[-1]
    swapped = [
        (outside.epochs[0].recipient, main.epochs[0].recipient),
        (outside.openpgp.strip(), main.openpgp.strip()),
        (grouped(outside.openpgp), grouped(main.openpgp)),
    ]

    def swap(at: str, _visitor: int, body: bytes) -> bytes:
        for theirs, ours in swapped if at == path else ():
            body = body.replace(theirs.encode(), ours.encode())
        return body

    assert any(one.startswith(told) for one in checked(Visited(site, swap), bundle=bundle).wrong)


def grouped(openpgp: str) -> str:
    return " ".join(wrap(read_public_key(openpgp).fingerprint, 4))


def test_an_organisation_that_takes_no_sealed_files_shows_no_key_and_nothing_is_wrong(
    make_site: Callable[..., Site],
) -> None:
    lanes = frozenset({"arrival"})
    assert checked(Visited(make_site(lanes=lanes)), lanes=lanes).wrong == ()


def test_another_text_for_some_is_noticed(door: Site) -> None:
    def single_out(path: str, visitor: int, body: bytes) -> bytes:
        return body.replace(b"</main>", b"<p>Call us.</p></main>") if visitor == 1 and path == "/en/about" else body

    assert checked(Visited(door, single_out)).wrong == ("/en/about: different visitors see different pages.",)


def test_a_script_for_everybody_is_noticed(door: Site) -> None:
    def run(_path: str, _visitor: int, body: bytes) -> bytes:
        return body.replace(b"</main>", b"<script>1</script></main>")

    assert any("<script>" in one for one in checked(Visited(door, run)).wrong)


def test_a_door_that_does_not_answer_is_an_error(door: Site) -> None:
    class Closed(Visited):
        def get(self, path: str, circuit: str) -> Answer:
            return Answer(503, {}, b"")

    with pytest.raises(ReviewerError, match="503"):
        checked(Closed(door))


def test_a_service_without_end_is_no_door(door: Site) -> None:
    class Endless(Visited):
        def get(self, path: str, circuit: str) -> Answer:
            links = "".join(f'<a href="/{path.strip("/")}x{number}">' for number in range(9))
            return Answer(200, {"content-type": "text/html"}, links.encode())

    with pytest.raises(ReviewerError, match="too many pages"):
        checked(Endless(door))


@pytest.mark.parametrize(
    "elsewhere", ["http://example.org/", "//example.org/", "/\\example.org/", "/\t/example.org/", "\\\\example.org"]
)
def test_a_redirect_inside_is_followed_and_one_to_elsewhere_is_told(door: Site, elsewhere: str) -> None:
    class Redirecting(Visited):
        def get(self, path: str, circuit: str) -> Answer:
            if path == "/en/about":
                return Answer(303, {"location": "/en/how-to"}, b"")
            if path == "/en/how-to-old":
                return Answer(303, {"location": elsewhere}, b"")
            assert "example" not in path
            return super().get(path, circuit)

    def more(path: str, _visitor: int, body: bytes) -> bytes:
        return body.replace(b"</main>", b'<a href="/en/how-to-old">x</a></main>') if path == "/" else body

    wrong = checked(Redirecting(door, more)).wrong
    assert any("/en/how-to-old" in one for one in wrong)
    assert not any("/en/about" in one for one in wrong)
