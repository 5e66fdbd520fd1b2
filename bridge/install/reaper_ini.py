"""Reaper's own text files, as far as an installer adds to them: the list of actions and the toolbars.

Both functions take a file's text and give the text that should stand there instead; what is there stays as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

FLOATING_TOOLBARS = 16  # that every Reaper since version 5 has

_SCRIPT = re.compile(r'^SCR \d+ 0 (RS\w+) (?:"[^"\r\n]*"|\S+) (?:"([^"\r\n]*)"|(\S+))\s*$', re.MULTILINE)
_SECTION = re.compile(r"^\[(.+?)\]\s*$", re.MULTILINE)


def command_id(path: str) -> str:
    """The action's name in Reaper's files, always the same for a script's path below the folder Scripts."""
    return f"RS{hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()}"


def with_actions(keymap: str, paths: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The text of reaper-kb.ini with an action for each script, and each script's command id.

    `paths` are below the folder Scripts, with slashes. A script that is an action already keeps its id.
    """
    known = {(quoted or bare).replace("\\", "/"): name for name, quoted, bare in _SCRIPT.findall(keymap)}
    ids = {path: known.get(path) or command_id(path) for path in paths}
    lines = [f'SCR 4 0 {ids[path]} "Custom: {path.rpartition("/")[2]}" "{path}"' for path in paths if path not in known]
    return _appended(keymap, lines), ids


def with_toolbar(menus: str, title: str, buttons: Mapping[str, str]) -> tuple[str, int | None]:
    """The text of reaper-menu.ini with a floating toolbar, and its number; None: all are taken by others.

    `buttons` are labels by command id, in order. A toolbar that has the first of them already is left as it is.
    """
    first = next(iter(buttons))
    for match in _SECTION.finditer(menus):
        body = menus[match.end() :].partition("\n[")[0]
        number = match[1].removeprefix("Floating toolbar ")
        if f"=_{first} " in body and number.isdecimal():
            return menus, int(number)
    taken = set(_SECTION.findall(menus))
    for number in range(FLOATING_TOOLBARS, 0, -1):
        section = f"Floating toolbar {number}"
        if section not in taken:
            icons = [f"icon_{place}=text_wide" for place in range(len(buttons))]
            items = [f"item_{place}=_{name} {label}" for place, (name, label) in enumerate(buttons.items())]
            return _appended(menus, [f"[{section}]", *icons, *items, f"title={title}"]), number
    return menus, None


def _appended(text: str, lines: Sequence[str]) -> str:
    """With the file's own line ends."""
    if not lines:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    joint = "" if not text or text.endswith("\n") else end
    return text + joint + "".join(f"{line}{end}" for line in lines)
