"""The main job, whole: a folder of MIDI files in, a trained and exported model, bars out of a running bridge."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from bridge.doors.client import BridgeClient
from tests.bridge.test_daemon import free_port, played, running
from tests.end_to_end.songs import write_song

ROOT = Path(__file__).parent.parent.parent
STEPS = 20


def run(room: str, *arguments: str | Path) -> str:
    command = [sys.executable, "-m", room, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_midi_files_become_bars_from_a_bridge(tmp_path: Path) -> None:
    (tmp_path / "songs" / "more").mkdir(parents=True)
    for number, root in enumerate((57, 60, 62, 65)):
        write_song(tmp_path / "songs" / ("more" if number % 2 else ".") / f"song {number}.mid", root)
    (tmp_path / "songs" / "broken.mid").write_bytes(b"MThd and nothing else")

    report = run("training", "collect-data", tmp_path / "songs", tmp_path / "data.npz")
    assert "broken.mid" in report

    experiment = tmp_path / "exp"
    run("training", "setup-exp", experiment, "a test", "--data", tmp_path / "data.npz")
    config = experiment / "config.yaml"
    text = config.read_text(encoding="utf-8")
    for key, value in (
        ("steps", STEPS),
        ("batch_size", 2),
        ("n_dis_updates_per_gen_update", 1),
        ("n_dis_warm_up_updates", 1),
        ("evaluate_steps", 0),
        ("save_samples_steps", STEPS),
    ):
        text, changed = re.subn(rf"^{key}: \S+", f"{key}: {value}", text, flags=re.MULTILINE)
        assert changed == 1, key
    config.write_text(text, encoding="utf-8")
    run("training", "run-train", experiment)
    assert (experiment / "model" / f"checkpoint_{STEPS:07d}.pt").exists()
    assert list((experiment / "samples").rglob("*.png"))

    model = tmp_path / "model.onnx"
    run("export", experiment, "-o", model)

    port = free_port()
    with running(model, tmp_path, port), BridgeClient(("127.0.0.1", port)) as client:
        welcome = client.request("/mai/hello", "test", 0)[0]
        assert welcome.arguments[4:] == (4, 4, 12, "Drums", "Piano", "Guitar", "Bass", "Strings")
        assert len(played(client, "/mai/generate", 7)) >= 20
