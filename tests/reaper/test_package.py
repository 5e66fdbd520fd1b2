"""The package: every file in it, ReaPack's header and index, only functions that Reaper has, Lua of Reaper 6 and 7."""

from __future__ import annotations

import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from bridge.engine.settings import SETTINGS
from bridge.playing.scale_names import SCALES, key_name, scale_name
from bridge.protocol.requests import REQUESTS
from reaper.build_index import PACKAGE, BadHeader, header, index, main, sources
from tests.reaper.scene import ACTIONS

LUA = sorted(ACTIONS.rglob("*.lua"))
HAND_WRITTEN = [path for path in LUA if path.name != "protocol.lua"]
SIGNATURES = Path(__file__).parent / "fake" / "signatures.lua"


def names(pattern: str, text: str) -> set[str]:
    return set(re.findall(pattern, text))


@pytest.mark.skipif(shutil.which("luac5.4") is None, reason="luac5.4 is not installed (Debian: apt install lua5.4)")
@pytest.mark.parametrize("path", LUA, ids=lambda path: path.name)
def test_lua_compiles_it(path: Path) -> None:
    checked = subprocess.run(["luac5.4", "-p", str(path)], capture_output=True, text=True, check=False, timeout=10)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("path", LUA, ids=lambda path: path.name)
def test_it_is_lua_that_reaper_6_reads_too(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<(const|close)>", text), "attributes came with Lua 5.4, Reaper 6 has 5.3"
    assert not re.search(r"\b(warn|coroutine\.close)\b", text)


def test_the_actions_use_what_the_table_of_signatures_has_and_it_has_nothing_else() -> None:
    used = {name for path in LUA for name in names(r"\breaper\.(\w+)", path.read_text(encoding="utf-8"))}
    assert used == names(r"(?m)^  (\w+) =", SIGNATURES.read_text(encoding="utf-8"))


def test_no_file_needs_anything_that_reaper_does_not_bring() -> None:
    for path in LUA:
        required = names(r'require\("([^"]+)"\)', path.read_text(encoding="utf-8"))
        for name in required:
            assert (ACTIONS / f"{name.replace('.', '/')}.lua").exists(), f"{path.name} requires {name}"


def test_no_address_of_the_protocol_is_written_by_hand() -> None:
    for path in HAND_WRITTEN:
        text = path.read_text(encoding="utf-8")
        code = re.sub(r"--.*", "", text)
        requests = names(r'"(/mai/[a-z/]+)"', code) & (set(REQUESTS) - {"/mai/status", "/mai/ping"})
        assert requests == set(), f"{path.name}: use protocol.lua"
        known = names(r"REQUESTS\.([A-Z_]+)", code)
        assert known <= {name.removeprefix("/mai/").replace("/", "_").upper() for name in REQUESTS}


def test_every_module_is_small() -> None:
    for path in HAND_WRITTEN:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 150, path


def test_the_index_is_the_one_that_the_program_writes(tmp_path: Path) -> None:
    written = (ACTIONS / "index.xml").read_text(encoding="utf-8")
    assert written == index(), "run python -m reaper.build_index"
    main(["--output", str(tmp_path / "index.xml")])
    assert (tmp_path / "index.xml").read_text(encoding="utf-8") == written


def test_the_index_offers_every_file_with_the_right_kind_and_hash() -> None:
    root = ElementTree.fromstring(index("https://example.invalid/reaper/"))
    assert (root.tag, root.get("version")) == ("index", "1")
    package = root.find("category/reapack")
    assert package is not None
    assert (package.get("type"), package.get("name")) == ("script", PACKAGE)
    offered = {}
    for source in root.iterfind("category/reapack/version/source"):
        assert source.text is not None
        path = unquote(source.text.removeprefix("https://example.invalid/reaper/"))
        assert source.get("file", PACKAGE) == path
        assert source.get("hash") == f"1220{sha256((ACTIONS / path).read_bytes()).hexdigest()}"
        offered[path] = (source.get("main"), source.get("type"))
    files = [*LUA, *ACTIONS.rglob("*.jsfx")]
    assert set(offered) == {path.relative_to(ACTIONS).as_posix() for path in files}
    for path, (is_main, kind) in offered.items():
        assert (is_main == "main") == path.startswith("MAIsynthesizer_")
        assert (kind == "effect") == path.endswith(".jsfx")


def test_the_index_for_reapack_has_whole_addresses(tmp_path: Path) -> None:
    written = tmp_path / "index.xml"
    main(["--base-url", "https://example.invalid/band/", "--output", str(written)])
    sources_of = list(ElementTree.parse(written).getroot().iterfind("category/reapack/version/source"))
    addresses = [source.text or "" for source in sources_of]
    assert len(addresses) == len(set(addresses)) > 20
    assert all(address.startswith("https://example.invalid/band/") for address in addresses)
    assert "https://example.invalid/band/MAIsynthesizer_Lock%20tracks.lua" in addresses
    assert written.read_text(encoding="utf-8") == index("https://example.invalid/band")


@pytest.mark.parametrize("wrong", [".", "band", "/srv/band", "ftp://example.invalid", "https://", "https://x/?a=1", ""])
def test_an_address_that_reapack_cannot_fetch_from_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = (ACTIONS / "index.xml").read_bytes()
    with pytest.raises(SystemExit):
        main(["--base-url", wrong])
    assert "expected https://HOST/FOLDER" in capsys.readouterr().err
    assert (ACTIONS / "index.xml").read_bytes() == before


def test_a_header_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(BadHeader, match=r"nowhere\.lua, which is not there"):
        list(sources({"provides": ["[main] nowhere.lua"]}))
    with pytest.raises(BadHeader, match=r"expected \[main\]"):
        list(sources({"provides": ["nowhere.lua"]}))
    with pytest.raises(BadHeader, match="no @about"):
        header("-- @description x\n-- @version 1\n-- @author x\n-- @changelog x\n-- @provides\n--   [main] .\n")


def test_the_effects_sliders_are_those_that_the_live_stream_reads() -> None:
    effect = (ACTIONS / "controls.jsfx").read_text(encoding="utf-8")
    read = re.findall(r'\{ name = "([\w/]+)"', (ACTIONS / "band" / "controls.lua").read_text(encoding="utf-8"))
    sliders = re.findall(r"^slider(\d+):(-?\d+)<(-?\d+),(\d+),[\d.]+(?:\{.+\})?>(.+)$", effect, re.MULTILINE)
    assert [int(number) for number, *_ in sliders] == list(range(1, len(read) + 1))
    ranges = {
        "density": (-1, 1), "min_note": (0, SETTINGS["min_note"].high), "key": (0, 13), "scale": (0, len(SCALES) + 1),
    }  # fmt: skip
    for name, (_, start, low, high, label) in zip(read, sliders, strict=True):
        kind = name.split("/")[0]
        assert kind.replace("_", " ") in label.lower()
        assert (int(low), int(high)) == ranges.get(kind, (0, 100))
        assert int(low) <= int(start) <= int(high)
    described = re.search(r"^desc:(.+)$", effect, re.MULTILINE)
    assert described is not None
    assert f'controls.EFFECT = "{described[1]}"' in (ACTIONS / "band" / "controls.lua").read_text(encoding="utf-8")


def test_the_menus_of_the_effect_are_the_words_that_the_bridge_takes() -> None:
    effect = (ACTIONS / "controls.jsfx").read_text(encoding="utf-8")
    read = (ACTIONS / "band" / "controls.lua").read_text(encoding="utf-8")
    for name, reader in (("Key", key_name), ("Scale", scale_name)):
        shown = re.search(rf"^slider\d+:0<0,(\d+),1\{{(.+)\}}>{name}$", effect, re.MULTILINE)
        listed = re.search(rf"^local {name.upper()}S = \{{(.*?)\}}", read, re.MULTILINE | re.DOTALL)
        assert shown is not None
        assert listed is not None
        first, *words = shown[2].split(",")
        assert first == "as the bridge has it", "a project that has the controls already stays as it is"
        assert int(shown[1]) == len(words)
        assert re.findall(r'"([^"]+)"', listed[1]) == [reader(word) for word in words]
    assert [scale_name(word) for word in words] == ["off", *SCALES]


@pytest.mark.parametrize(("readme", "heading"), [("../README.md", "In Reaper"), ("README.md", "When it says")])
def test_the_readmes_sentences_are_those_that_the_actions_say(readme: str, heading: str) -> None:
    text = (ACTIONS / readme).read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    told = [row.split("|")[1].strip() for row in section.splitlines() if row.startswith("| ")][1:]
    said = "\n".join(path.read_text(encoding="utf-8") for path in HAND_WRITTEN)
    for sentence in told:
        if not sentence.startswith("("):
            assert re.split(r" \(|: …", sentence)[0] in said, sentence
    assert len(told) >= 6


def test_every_action_is_told_in_its_readme() -> None:
    readme = (ACTIONS / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| \*\*([^*]+)\*\* \|", readme, re.MULTILINE))
    assert told == {path.stem.removeprefix("MAIsynthesizer_") for path in ACTIONS.glob("MAIsynthesizer_*.lua")}
