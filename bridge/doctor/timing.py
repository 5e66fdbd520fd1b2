"""Whether this machine keeps time: its clocks, how exactly it wakes up, real-time priority, and its own network."""

from __future__ import annotations

import os
import statistics
import sys
import threading
from collections.abc import Callable

from bridge.clock import Now
from bridge.doctor.finding import Finding, Level
from bridge.doors.address import Address
from bridge.doors.client import BridgeClient
from bridge.doors.osc_server import OscServer
from bridge.protocol.osc_packet import OscMessage, parse_datagram

Sleep = Callable[[float], None]

LARGEST_DRIFT_PPM = 500.0  # as much as a system's time keeping corrects at most; a millisecond in two seconds
LATE_WAKE_SECONDS = 0.002
LATE_MESSAGE_SECONDS = 0.005

_DRIFT_SECONDS = 1.0
_NAPS = 100
_NAP_SECONDS = 0.001
_MESSAGES = 50


def clock_drift(now: Now, wall_clock: Now, sleep: Sleep) -> Finding:
    """Compares the monotonic clock with the wall clock (both in seconds) over a second."""
    first, wall_first = now(), wall_clock()
    sleep(_DRIFT_SECONDS)
    passed, wall_passed = now() - first, wall_clock() - wall_first
    drift = (wall_passed - passed) / passed * 1e6
    found = f"the wall clock gains {drift:.0f} ppm on the monotonic clock" if drift > 0 else ""
    found = found or f"the wall clock loses {-drift:.0f} ppm to the monotonic clock"
    if abs(drift) <= LARGEST_DRIFT_PPM:
        return Finding("clock", Level.OK, found)
    return Finding(
        "clock",
        Level.WARN,
        f"{found}, expected at most {LARGEST_DRIFT_PPM:g}: one of them is stepping or drifting",
        "wait until the system has set its clock and look again; in a virtual machine give it the host's clock. "
        "The bridge plays by the monotonic clock: with clock=transport it follows the host whatever its own does",
    )


def wake_up(now: Now, sleep: Sleep) -> Finding:
    """How late a thread wakes from a sleep of a millisecond."""
    late = []
    for _ in range(_NAPS):
        due = now() + _NAP_SECONDS
        sleep(_NAP_SECONDS)
        late.append(now() - due)
    median, worst = statistics.median(late), max(late)
    found = f"a sleep of 1 ms ends {median * 1e3:.2f} ms late (worst of {_NAPS}: {worst * 1e3:.2f} ms)"
    if median > LATE_WAKE_SECONDS:
        remedy = "close other programs, switch off power saving; in a virtual machine give it a processor of its own"
        return Finding("wake-up", Level.WARN, found, remedy)
    return Finding("wake-up", Level.OK, found)


def may_be_real_time() -> bool:
    """Whether a thread of this process may have real-time priority, as the player asks for it on Linux."""
    allowed = []

    def ask() -> None:
        try:
            lowest = os.sched_param(os.sched_get_priority_min(os.SCHED_FIFO))
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, lowest)
        except OSError:
            return
        allowed.append(True)

    thread = threading.Thread(target=ask)  # the priority ends with its thread
    thread.start()
    thread.join()
    return bool(allowed)


def real_time(allowed: Callable[[], bool] = may_be_real_time, system: str = sys.platform) -> Finding:
    """Whether the player's thread goes before all ordinary ones."""
    if system != "linux":
        return Finding("real-time priority", Level.OK, "the player does without on this system")
    if allowed():
        return Finding("real-time priority", Level.OK, "permitted: notes leave on time beside other programs")
    return Finding(
        "real-time priority",
        Level.WARN,
        "not permitted: notes are milliseconds late while other programs work hard",
        "put the line '@audio - rtprio 95' into /etc/security/limits.d/audio.conf, add yourself to the group "
        "(sudo usermod -aG audio $USER), and log in again",
    )


def loopback(now: Now) -> Finding:
    """Sends OSC messages to itself over UDP, to and fro."""

    def echo(datagram: bytes, source: Address) -> None:
        for message in parse_datagram(datagram):
            server.send(OscMessage("/mai/pong", (message.arguments[0], 0.0, 0, 0)), source)

    try:
        server = OscServer("127.0.0.1", 0, echo)
        server.start()
        try:
            with BridgeClient(server.address, timeout=1.0) as client:
                times = [_round_trip(client, now) for _ in range(_MESSAGES)]
        finally:
            server.close()
    except OSError as problem:
        remedy = "let UDP on 127.0.0.1 pass in the firewall or security program"
        return Finding("network", Level.BAD, f"no message comes back over UDP on this machine: {problem}", remedy)
    median, worst = statistics.median(times), max(times)
    found = f"a message to this machine and back takes {median * 1e3:.2f} ms (worst of {_MESSAGES}: {worst * 1e3:.2f})"
    if median > LATE_MESSAGE_SECONDS:
        return Finding("network", Level.WARN, found, "a firewall or security program may look into each message")
    return Finding("network", Level.OK, found)


def _round_trip(client: BridgeClient, now: Now) -> float:
    started = now()
    client.request("/mai/ping")
    return now() - started
