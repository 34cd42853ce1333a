"""The courier's app: it hands out bundles for the desk and takes in those from it. No page, no cookie, JSON only.

    POST /challenge            a nonce
    POST /visit                the courier's proof; gives the visit's name, which every other request brings along
    GET  /offer                what there is to fetch; it is begun, and stays the same until it is done
    GET  /offer/<number>       one piece
    POST /offer/done           the courier has all of it
    POST /parcel               what is to be pushed; says how many pieces are here
    PUT  /parcel/<number>      one piece
    POST /parcel/done          take it in

Every piece has one size, and so has every other answer.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError

from intake.courier.errors import CourierError
from intake.courier.exporting import Exporter
from intake.courier.importing import Importer
from intake.courier.line.visits import NotLetInError, Visits
from keys.sealing.chain_position import Direction
from keys.sealing.courier_line import ANSWER_BYTES, PIECE_BYTES, VISIT_HEADER, padded_piece, piece_count
from keys.sealing.errors import FormatError, KhomoError
from keys.sealing.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.courier.exporting import Offered
    from intake.courier.importing import Trust
    from intake.courier.line.parcels import Parcels
    from intake.store import Store
    from keys.sealing.notes import SigningKey

EXTENSION = "khomo-courier"
SMALL_BODY_BYTES = 4096
SHA256_BYTES = range(32, 33)
blueprint = Blueprint("courier", __name__)


@dataclass
class Line:
    """Everything that the app is made of.

    Attributes:
        offered: the bundle that is being fetched, if one is.
    """

    store: Store
    server_key: SigningKey
    trust: Callable[[], Trust]
    visits: Visits
    parcels: Parcels
    offered: Offered | None = None

    def exporter(self) -> Exporter:
        """Return what makes bundles."""
        return Exporter(self.store, self.server_key)


def create_courier_app(line: Line) -> Flask:
    """Make the app."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = PIECE_BYTES
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.extensions[EXTENSION] = line
    app.register_blueprint(blueprint)
    app.register_error_handler(KhomoError, _refused)
    for kind in (ValueError, LookupError, TypeError):  # of what a request says
        app.register_error_handler(kind, lambda _error: _refused(_malformed()))
    app.register_error_handler(HTTPException, _wrong)
    return app


@blueprint.post("/challenge")
def challenge() -> Response:
    """Draw a nonce."""
    return _answer({"nonce": _line().visits.nonce().hex()})


@blueprint.post("/visit")
def visit() -> Response:
    """Let a courier in."""
    return _answer({"visit": _line().visits.begin(_small_body())})


@blueprint.get("/offer")
def offer() -> Response:
    """Say what there is to fetch."""
    line = _let_in(Direction.TO_DESK)
    line.offered = line.exporter().begin()
    offered = line.offered
    return _answer(
        {
            "name": offered.name,
            "number": offered.manifest.number,
            "rows": len(offered.manifest.blobs),
            "left_out": offered.left_out,
            "size": offered.content.size,
        }
    )


@blueprint.get("/offer/<int:number>")
def offered_piece(number: int) -> Response:
    """Give one piece."""
    offered = _offered(_let_in(Direction.TO_DESK))
    if number >= piece_count(offered.content.size):
        raise _malformed()
    piece = padded_piece(offered.content.read(number * PIECE_BYTES, PIECE_BYTES))
    return Response(piece, mimetype="application/octet-stream")


@blueprint.post("/offer/done")
def offer_done() -> Response:
    """The courier has it."""
    line = _let_in(Direction.TO_DESK)
    line.exporter().finish(_offered(line))
    line.offered = None
    return _answer({})


@blueprint.post("/parcel")
def parcel() -> Response:
    """Hear what is to be pushed."""
    line = _let_in(Direction.TO_SERVER)
    try:
        with Fields(_small_json(), "request") as said:
            size, sha256 = said.integer("size"), said.binary("sha256", SHA256_BYTES).hex()
    except FormatError as error:
        raise _malformed() from error
    return _answer({"there": line.parcels.announce(size, sha256)})


@blueprint.put("/parcel/<int:number>")
def parcel_piece(number: int) -> Response:
    """Take one piece."""
    _let_in(Direction.TO_SERVER).parcels.take(number, request.get_data(cache=False))
    return _answer({})


@blueprint.post("/parcel/done")
def parcel_done() -> Response:
    """Take it in."""
    line, said = _let_in(Direction.TO_SERVER), _small_json()
    with line.parcels.whole() as file:
        taken = Importer(line.store, line.trust()).take_in(file, confirmed=said.get("confirmed") is True)
    return _answer(asdict(taken))


def _line() -> Line:
    found: Line = current_app.extensions[EXTENSION]
    return found


def _let_in(direction: Direction) -> Line:
    line = _line()
    line.visits.check(request.headers.get(VISIT_HEADER, ""), direction)
    return line


def _offered(line: Line) -> Offered:
    if line.offered is None:
        raise CourierError("Nothing was asked for.", "Start the same command again.")
    return line.offered


def _small_body() -> bytes:
    body = request.get_data(cache=False)
    if len(body) > SMALL_BODY_BYTES:
        raise _malformed()
    return body


def _small_json() -> dict[str, Any]:
    try:
        said = json.loads(_small_body())
    except (ValueError, RecursionError) as error:  # lists in lists without end
        raise _malformed() from error
    if not isinstance(said, dict):
        raise _malformed()
    return said


def _malformed() -> CourierError:
    return CourierError("The server does not understand this request.", "Use the same version of Khomo on both sides.")


def _refused(error: KhomoError) -> Response:
    status = 403 if isinstance(error, NotLetInError) else 409
    return _answer({"error": error.message, "remedy": error.remedy}, status)


def _wrong(error: HTTPException) -> Response:
    """Answer a request that no route takes, or one that broke off in our own mistake."""
    status = error.code or InternalServerError.code
    said = _failed() if status >= InternalServerError.code else _malformed()
    return _answer({"error": said.message, "remedy": said.remedy}, status)


def _failed() -> CourierError:
    return CourierError("The server made a mistake.", "Ask its operator what its log says, then try again.")


def _answer(value: dict[str, Any], status: int = 200) -> Response:
    text = json.dumps(value)
    return Response(text + " " * (ANSWER_BYTES - len(text)), status, mimetype="application/json")
