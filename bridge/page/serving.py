"""The files of the page by their paths, and the constants that it shares with the bridge. Nothing else is served."""

from __future__ import annotations

import json
from importlib.resources import files

from bridge.doors.pages import Page
from bridge.engine.clock_desk import CLOCKS
from bridge.playing.scale_names import OFF, SCALES
from bridge.protocol.client_constants import javascript

SCRIPT_TYPE = "text/javascript; charset=utf-8"
CONSTANTS_PATH = "/protocol.js"

# By the file's ending: browsers are told to believe it.
CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": SCRIPT_TYPE,
    "svg": "image/svg+xml",
}
INDEX = "index.html"
FILES = (
    INDEX, "asking.js", "bar_buttons.js", "beat_guess.js", "connection.js", "controls.js", "drums.js", "elements.js",
    "errors.js", "figures.js", "format.js", "free_name.js", "hearing.js", "icon.svg", "instruments.js", "kept.js",
    "kept_phrase.js", "keyboard.js", "latent_values.js", "latents.js", "likeness.js", "listening.js", "main.js",
    "midi_file.js", "midi_out.js", "models.js", "morph_sender.js", "note_queue.js", "pad.js", "pad_labels.js",
    "pad_picture.js", "pad_weights.js", "parts.css", "phrase.js", "playhead.js", "polling.js", "roll_places.js",
    "rolls.js", "sounds.js", "state.js", "style.css", "style_controls.js", "tracks.js", "transport.js", "voices.js",
)  # fmt: skip


def pages() -> dict[str, Page]:
    """What the HTTP door serves, by path. Raises OSError where a file is missing."""
    folder = files("bridge.page")
    served = {f"/{name}": Page(content_type(name), folder.joinpath(name).read_bytes()) for name in FILES}
    served["/"] = served.pop(f"/{INDEX}")
    served[CONSTANTS_PATH] = Page(SCRIPT_TYPE, constants().encode())
    return served


def content_type(name: str) -> str:
    """Of a file by its ending. Raises KeyError for one that the page does not use."""
    return CONTENT_TYPES[name.rpartition(".")[2]]


def constants() -> str:
    """The OSC table and the choices of the settings as an ES module: MAI, CLOCKS and SCALES."""
    choices = {"CLOCKS": CLOCKS, "SCALES": (*SCALES, OFF)}
    return javascript() + "".join(
        [*(f"const {name} = {json.dumps(values)};\n" for name, values in choices.items()), exported("MAI", *choices)]
    )


def exported(*names: str) -> str:
    return f"export {{ {', '.join(names)} }};\n"
