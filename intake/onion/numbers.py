"""Every limit and patience of the onion service, with its unit and its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OnionNumbers:
    """All of them.

    Attributes:
        streams: open streams of one circuit; more are refused, the circuit stays. Every request is a stream of its own,
            a browser opens six at once.
        intro_rate: introductions a second that an introduction point passes on; above, it holds them back. Tor's
        default.
        intro_burst: introductions passed on at once. Tor's default.
        work_rate: introductions a second that we take from the queue that proof of work orders. Tor's default.
        work_burst: of these at once. Tor's default.
        app_seconds: until our pages answer on their socket.
        control_seconds: until tor opens its control socket.
        bootstrap_seconds: until tor has joined the network: minutes on a bad line.
        silence_seconds: tor says nothing new about joining for so long: something is wrong with the line or the clock.
        publish_seconds: until the descriptor of a tor that others run is uploaded, or the service answers.
        anew_seconds: the same of our own tor, which is then started anew: a tor that has spent its introduction
            circuits makes no more for five minutes (INTRO_CIRC_RETRY_PERIOD), a new one begins at once.
        check_seconds: one request through tor: a first circuit takes seconds. A second try, with new descriptors, helps
            more than patience: old ones lead to introduction points that are gone.
        check_pause_seconds: between two tries.
        watch_seconds: between two looks at tor and the app while serving.
        recheck_seconds: between two requests through tor while serving; each is one circuit in a whole day's traffic.
        restarts: how often a tor that ends by itself, or stands still, is started again before we give up.
        stop_seconds: until a child that was asked to end is killed; longer than the server's own.
    """

    streams: int = 64
    intro_rate: int = 25
    intro_burst: int = 200
    work_rate: int = 250
    work_burst: int = 2500
    app_seconds: float = 60.0
    control_seconds: float = 30.0
    bootstrap_seconds: float = 600.0
    silence_seconds: float = 180.0
    publish_seconds: float = 300.0
    anew_seconds: float = 60.0
    check_seconds: float = 20.0
    check_pause_seconds: float = 0.5
    watch_seconds: float = 0.5
    recheck_seconds: float = 3600.0
    restarts: int = 5
    stop_seconds: float = 10.0


ONION_NUMBERS = OnionNumbers()
