"""The clients' constants are the table's own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge.protocol.client_constants import constants, javascript, lua
from bridge.protocol.requests import REQUESTS

ROOT = Path(__file__).parents[3]


def test_the_files_of_the_clients_are_what_the_table_makes() -> None:
    assert (ROOT / "max_for_live" / "protocol.js").read_text(encoding="utf-8") == javascript(), "maisynth protocol --js"
    assert (ROOT / "reaper" / "protocol.lua").read_text(encoding="utf-8") == lua(), "maisynth protocol --lua"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_reads_the_javascript_as_the_same_values() -> None:
    program = "process.stdout.write(JSON.stringify(require(process.argv[1])))"
    told = subprocess.run(
        ["node", "-e", program, str(ROOT / "max_for_live" / "protocol.js")], check=True, capture_output=True, timeout=30
    )
    assert json.loads(told.stdout) == json.loads(json.dumps(constants()))


@pytest.mark.skipif(shutil.which("lua5.4") is None, reason="lua5.4 is not installed")
def test_lua_reads_every_address() -> None:
    program = 'for name, address in pairs(dofile(arg[1]).REQUESTS) do print(name .. " " .. address) end'
    told = subprocess.run(
        ["lua5.4", "-", str(ROOT / "reaper" / "protocol.lua")],
        input=program, check=True, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert {line.split()[1] for line in told.stdout.splitlines()} == set(REQUESTS)


def test_a_request_is_named_by_its_address() -> None:
    names = constants()["REQUESTS"]
    assert isinstance(names, dict)
    assert names["LATENT_SAVE"] == "/mai/latent/save"
    assert len(names) == len(REQUESTS)
