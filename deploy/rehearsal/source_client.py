"""A source without JavaScript: gets pages over Tor, fills forms in, keeps cookies, follows redirects."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from deploy.rehearsal.forms import Form, Multipart, read_page
from deploy.rehearsal.socks import OnionConnection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from http.client import HTTPResponse

    from deploy.rehearsal.socks import Way

# What Tor Browser 15 sends, so that limits on headers meet the real thing.
TOR_BROWSER = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5",
    "Upgrade-Insecure-Requests": "1",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
    "Priority": "u=0, i",
    "Connection": "keep-alive",
}
REDIRECTS = 5


def at(page: str = "", language: str = "en") -> str:
    """Return the path of a page, which begins with its language."""
    return f"/{language}/{page}"


WRITE = at("write")


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    path: str
    html: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def text(self) -> str:
        """What a person sees, one piece a line."""
        return "\n".join(read_page(self.html)[1])

    def form(self, action: str) -> Form:
        """Return the first form whose action ends so; raises LookupError with the page's words."""
        for form in read_page(self.html)[0]:
            if form.action.endswith(action):
                return form
        raise LookupError(f"no form {action} on {self.path} ({self.status}):\n{self.text}")

    def codename(self) -> str:
        """Return the eight words that the page shows."""
        shown = re.search(r'<ol class="words".*?</ol>', self.html, re.DOTALL)
        if shown is None:
            raise LookupError(f"no words on {self.path} ({self.status}):\n{self.text}")
        return " ".join(re.findall(r"<li>(\w[\w-]*)</li>", shown[0]))


class SourceClient:
    """One visit of one source: circuits and cookies of its own."""

    def __init__(
        self, way: Way, onion: str, timeout: float = 120, languages: str = TOR_BROWSER["Accept-Language"]
    ) -> None:
        self.onion = onion
        self.languages = languages
        self.cookies: dict[str, str] = {}
        self._way = way
        self._timeout = timeout

    def get(self, path: str = "/") -> Page:
        """Fetch a page."""
        return self._ask("GET", path)

    def submit(self, form: Form) -> Page:
        """Send a filled form and return the page that follows."""
        body = Multipart(form)
        headers = {"Content-Type": body.content_type, "Content-Length": str(body.size), "Origin": self._origin}
        return self._ask("POST", form.action, body, headers)

    @property
    def _origin(self) -> str:
        return f"http://{self.onion}"

    def _ask(self, verb: str, path: str, body: Iterable[bytes] = (), extra: Mapping[str, str] | None = None) -> Page:
        for _ in range(REDIRECTS):
            page = self._ask_once(verb, path, body, extra or {})
            if page.status not in {HTTPStatus.SEE_OTHER, HTTPStatus.FOUND}:
                return page
            verb, path, body, extra = "GET", page.headers["Location"].removeprefix(self._origin), (), None
        raise RecursionError(f"{REDIRECTS} redirects, the last one to {path}")

    def _ask_once(self, verb: str, path: str, body: Iterable[bytes], extra: Mapping[str, str]) -> Page:
        connection = OnionConnection(self._way, self.onion, self._timeout)
        try:
            headers = {**TOR_BROWSER, "Accept-Language": self.languages, **extra, **self._cookie_header()}
            connection.connect()
            with suppress(BrokenPipeError, ConnectionResetError):  # an early answer is read all the same
                connection.request(verb, path, body=body if extra else None, headers=headers)
            answer = connection.getresponse()
            self._keep_cookies(answer)
            html = answer.read().decode("utf-8", "replace")
            return Page(answer.status, path, html, dict(answer.getheaders()))
        finally:
            connection.close()

    def _cookie_header(self) -> dict[str, str]:
        pairs = [f"{name}={value}" for name, value in self.cookies.items()]
        return {"Cookie": "; ".join(pairs)} if pairs else {}

    def _keep_cookies(self, answer: HTTPResponse) -> None:
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
