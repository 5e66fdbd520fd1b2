"""The OSC table as constants for clients: JavaScript for the Max device and the page, Lua for Reaper.

`maisynth protocol --js` and `--lua` print them; the files in max_for_live/ and reaper/ are compared with them in tests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from bridge.engine.settings import OUTPUTS, SETTINGS, STREAM_MODES
from bridge.protocol.answers import NOTES_A_MESSAGE
from bridge.protocol.osc_packet import MAX_ARGUMENTS
from bridge.protocol.requests import CLOSING, PROTOCOL_VERSION, REQUESTS, usage

_HEAD = "The OSC protocol of the MAIsynthesizer bridge. Made by: maisynth protocol --{}"
_DEFAULT_PORTS = {"OSC_PORT": 7771, "HTTP_PORT": 7772}

Constants = Mapping[str, object]


def constants() -> Constants:
    """What a client has to know: numbers, the requests by name, what closes each, the settings with their ranges."""
    return {
        "PROTOCOL_VERSION": PROTOCOL_VERSION,
        **_DEFAULT_PORTS,
        "NOTES_A_MESSAGE": NOTES_A_MESSAGE,
        "MAX_ARGUMENTS": MAX_ARGUMENTS,
        "REQUESTS": {_name(address): address for address in REQUESTS},
        "USAGE": {address: usage(kind) for address, kind in REQUESTS.items()},
        "CLOSING": {address: closing or "" for address, closing in CLOSING.items()},
        "SETTINGS": {
            name: {
                "kind": one.kind,
                **({} if one.low is None else {"low": one.low}),
                **({} if one.high is None else {"high": one.high}),
            }
            for name, one in SETTINGS.items()
        },
        "STREAM_MODES": STREAM_MODES,
        "OUTPUTS": OUTPUTS,
    }


def javascript() -> str:
    """As ES5, which Max's js object reads too: one object, MAI, also a CommonJS module."""
    lines = [f"    {name}: {json.dumps(value)}," for name, value in constants().items()]
    lines[-1] = lines[-1].removesuffix(",")
    return "\n".join(
        [
            f"// {_HEAD.format('js')}",
            "var MAI = {",
            *lines,
            "};",
            'if (typeof module !== "undefined") { module.exports = MAI; }',
            "",
        ]
    )


def lua() -> str:
    """As a Lua module that returns one table."""
    lines = [f"  {name} = {_lua(value)}," for name, value in constants().items()]
    return "\n".join([f"-- {_HEAD.format('lua')}", "return {", *lines, "}", ""])


def _name(address: str) -> str:
    """/mai/latent/save as LATENT_SAVE."""
    return address.removeprefix("/mai/").replace("/", "_").upper()


def _lua(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"[{json.dumps(key)}] = {_lua(one)}" for key, one in value.items()) + " }"
    if isinstance(value, tuple):
        return "{ " + ", ".join(_lua(one) for one in value) + " }"
    return json.dumps(value, ensure_ascii=False)  # numbers and strings are written alike
