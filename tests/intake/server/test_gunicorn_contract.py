"""What our worker relies on inside gunicorn. If this fails after an upgrade, read what changed before changing pins.

The pins are digests of source text: any change counts, since a limit that silently no longer holds is worse than
a test that fails for a comment.
"""

from __future__ import annotations

import hashlib
import inspect
from importlib.metadata import version
from typing import Any

import pytest
from gunicorn import config, glogging, util
from gunicorn.arbiter import Arbiter
from gunicorn.http import body, message, parser, unreader, wsgi
from gunicorn.sock import BaseSocket
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import PollableMethodQueue, ThreadWorker

from intake.server.numbers import SERVER_NUMBERS
from intake.server.run import settings
from intake.server.worker import DoorWorker

PINS = {
    ThreadWorker.__init__: "5681b8b542ea91bf",  # nr_conns, poller, method_queue, worker_connections
    ThreadWorker.init_process: "e4fc63a1a68e4f48",  # makes pool and poller before run
    ThreadWorker.run: "f92c7394d85715a4",  # every round waits, then calls murder_pending; also while stopping
    ThreadWorker.set_accept_enabled: "140150ebfd3cae34",  # registers our accept
    ThreadWorker.enqueue_req: "c9f428953d24acef",  # calls handle in a thread, then finish_request in the main loop
    ThreadWorker.wait_for_and_dispatch_events: "ea969b352482bd5c",  # calls what was registered with the socket
    ThreadWorker.handle_exit: "b4e7decd4f9203ac",
    ThreadWorker.handle_quit: "36bd35a8dae5d2b5",
    ThreadWorker.handle_request: "6d0de5b919102efc",  # uses sock, client, server of its connection and nothing else
    PollableMethodQueue: "5b4a78bd3cfb9745",
    Worker.init_process: "114caccd7a0e3c21",  # calls load_wsgi
    Worker.init_signals: "65442e0602b05f37",
    parser.Parser: "3a9c06e348c7e3b5",  # SocketUnreader over whatever has recv; mesg
    unreader.Unreader: "84aaa8f91fcdbbae",  # buf, unread
    unreader.SocketUnreader: "786a257be09ea8dd",  # reads by recv alone
    body.Body: "2a2afc0b6a50d7ea",  # buf, _read_reader; its reader may give less than asked for
    body.LengthReader: "3b01bc7c21a27066",  # length: what has not been taken from the unreader
    body.EOFReader: "f38487b232cc6c82",
    body.ChunkedReader.__init__: "74626d236eb5d4ec",  # parser is None at the end
    message.Message.set_body_reader: "e3ba33f5ac7ca542",  # body.reader is one of three kinds
    message.Request._handle_proxy_protocol: "c25cf72477e5d781",  # a second PROXY line is no request line
    message.Request._parse_proxy_protocol_v1: "48202856a6247acb",
    wsgi.create: "2c35d4a2dc629ede",  # writes 100 Continue by send
    wsgi.proxy_environ: "aa15bdf8b7edd256",  # REMOTE_ADDR is the PROXY line's
    wsgi.Response.start_response: "59799d9ff13635c1",
    util.write: "cd995031295fd782",  # answers are written by sendall alone
    util.close: "ce55cfa9522295ac",
    glogging.Logger.__init__: "508cb885e4c08391",
    BaseSocket.__init__: "befdf6860e9ce9e2",  # takes and closes the descriptor of fd://
    Arbiter.stop: "7138b6afd9c46ae0",  # removes the socket; kills after graceful_timeout
}


def digest(thing: Any) -> str:
    """Return a digest of a thing's source text."""
    return hashlib.sha256(inspect.getsource(thing).encode()).hexdigest()[:16]


def test_it_is_the_version_that_was_tried() -> None:
    assert version("gunicorn") == "27.0.1"


@pytest.mark.parametrize("thing", PINS, ids=lambda thing: thing.__qualname__)
def test_what_we_rely_on_has_not_changed(thing: Any) -> None:
    assert digest(thing) == PINS[thing]


def test_what_we_override_is_there_to_be_overridden() -> None:
    ours = {name for name in vars(DoorWorker) if not name.startswith("_")} - {"numbers"}
    assert ours == {name for name in ours if hasattr(ThreadWorker, name)}


def test_every_setting_of_ours_is_one_of_gunicorn_s() -> None:
    assert set(settings(SERVER_NUMBERS)) <= set(config.make_settings())


def test_what_could_let_a_client_in_elsewhere_is_off() -> None:
    chosen = config.Config()
    for name, value in settings(SERVER_NUMBERS).items():
        chosen.set(name, value)
    assert chosen.forwarder_headers == []
    assert chosen.secure_scheme_headers == {}
    assert chosen.proxy_protocol == "v1"
    assert chosen.control_socket_disable is True
    assert chosen.accesslog is None
    assert (chosen.http2_cleartext, chosen.protocol, chosen.header_map) == ("off", "http", "drop")
