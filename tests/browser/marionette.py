"""Speaks Marionette, by which Firefox is driven: JSON messages ``[0, id, command, parameters]`` after their length.

Written here because the published driver imports modules that Python 3.13 no longer has.
"""

from __future__ import annotations

import base64
import json
import socket
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name by which WebDriver refers to elements


class MarionetteError(Exception):
    """Firefox refused a command."""


class Marionette:
    """One session with a Firefox that was started with ``--marionette``."""

    def __init__(self, port: int, timeout: float = 90) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._number = 0
        self._receive()  # says hello
        self.ask("WebDriver:NewSession", capabilities={"alwaysMatch": {"pageLoadStrategy": "normal"}})

    def ask(self, command: str, **parameters: object) -> Any:
        """Send a command and return its result; raises MarionetteError."""
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(str(len(message)).encode() + b":" + message)
        _, number, error, result = self._receive()
        assert number == self._number
        if error:
            raise MarionetteError(f"{command}: {error['error']}: {error['message']}")
        return result.get("value", result) if isinstance(result, dict) else result

    def find(self, selector: str) -> str:
        """Return the first element of a CSS selector."""
        found = self.ask("WebDriver:FindElement", using="css selector", value=selector)
        return str(found[ELEMENT])

    def find_all(self, selector: str) -> list[str]:
        """Return every element of a CSS selector."""
        found = self.ask("WebDriver:FindElements", using="css selector", value=selector)
        return [str(each[ELEMENT]) for each in found]

    def is_there(self, element: str) -> bool:
        """Tell whether an element still belongs to the page that is shown."""
        try:
            self.ask("WebDriver:GetElementTagName", id=element)
        except MarionetteError:
            return False
        return True

    def screenshot(self) -> bytes:
        """Return a picture of the whole page as PNG."""
        return base64.b64decode(self.ask("WebDriver:TakeScreenshot", full=True, hash=False))

    def close(self) -> None:
        """End the session."""
        self._socket.close()

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._exactly(1)
        return json.loads(self._exactly(int(length[:-1])))

    def _exactly(self, wanted: int) -> bytes:
        data = bytearray()
        while len(data) < wanted:
            part = self._socket.recv(wanted - len(data))
            if not part:
                raise MarionetteError("Firefox closed the connection")
            data += part
        return bytes(data)
