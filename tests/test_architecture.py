"""Who may import whom; and the bridge runs where torch is not installed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("bridge", "training", "export", "benchmarks", "tests")
TRAINING_ONLY = (
    "torch", "onnx", "pypianoroll", "symusic", "joblib", "lightning_fabric", "yaml", "matplotlib", "tensorboard",
    "dask", "distributed",
)  # fmt: skip

MAY_IMPORT = {  # room: what of ours it may import beside itself
    "bridge": (),
    "training": ("bridge.contract", "bridge.pianoroll"),
    "export": (
        "training", "bridge.contract", "bridge.generator", "bridge.pianoroll", "bridge.engine.latents",
        "bridge.library", "bridge.midi.midi_file", "bridge.model_files", "bridge.playing", "bridge.screen",
    ),
}  # fmt: skip
ONLY_IMPORTER = {  # library: the modules of the bridge that know it
    "onnxruntime": {"opening", "bound_runs"},
    "pythonosc": {"client"},
    "rtmidi": {"midi_apis", "rtmidi_client"},
    "mido": {"midi_ports", "midi_file", "player"},
    "sqlite3": {"sqlite_file"},
    "socket": {"osc_server", "client"},
    "PIL": {"picture", "thumbnail"},
    "websockets": {"http_door", "http_service", "door_connection", "web_socket", "responses"},
}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    allowed = (room, *MAY_IMPORT[room])
    for path in modules(room):
        for name in imports(path):
            if name.split(".")[0] in OURS:
                assert name.startswith(tuple(f"{one}." for one in allowed)) or name in allowed, f"{path} imports {name}"


def test_the_bridge_imports_nothing_that_only_training_installs() -> None:
    for path in modules("bridge"):
        assert not {name.split(".")[0] for name in imports(path)} & set(TRAINING_ONLY), path


@pytest.mark.parametrize("library", ONLY_IMPORTER)
def test_a_library_is_known_in_its_own_module_alone(library: str) -> None:
    importers = {path.stem for path in modules("bridge") if library in {name.split(".")[0] for name in imports(path)}}
    assert importers <= ONLY_IMPORTER[library]


def test_only_one_function_reads_the_monotonic_clock() -> None:
    for path in modules("bridge"):
        names = imports(path)
        text = path.read_text(encoding="utf-8")
        if path.stem != "clock":
            assert "time.perf_counter" not in names, path
            assert "perf_counter(" not in text, path
            assert "time.monotonic(" not in text, path


def test_the_bridge_plays_where_nothing_of_training_is_installed(tmp_path: Path) -> None:
    program = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {TRAINING_ONLY!r}:
            raise ModuleNotFoundError('not installed here: ' + name)
sys.meta_path.insert(0, Missing())
from bridge.__main__ import main
sys.exit(main(['demo', '--once', '--port', '0', '--midi-api', 'none', '--library', {str(tmp_path / "l.sqlite")!r},
               '--out', {str(tmp_path)!r}]))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo.mid").exists()
