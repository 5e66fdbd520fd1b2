"""Steadier bars: less differs between them, and the handles stay what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from training.__main__ import main
from training.checkpoint import Checkpoint, load_checkpoint, newest_checkpoint, save_checkpoint
from training.config import Config, LatentParts, Midi, Nets, Params
from training.experiment import set_up
from training.networks.presets import build_generator
from training.sampling.latent_noise import draw_latents
from training.steady_bars import NotAGrid, Steadiness, steady_bars
from training.trained import trained_generator

PARTS = LatentParts(6, 2, 4, 2)
PARAMS = Params(
    data_shape=(3, 8, 24, 2),
    beat_resolution=4,
    latent_dim=PARTS.size(3, 2),
    latent_parts=PARTS,
    initial_output_shift=0.0,
    nets=Nets("grid", "phrase"),
)
MIDI = Midi(track_names=("Drums", "Piano"), programs=(0, 0), is_drums=(1, 0))
NOTHING, EVERYTHING = Steadiness(0.0, 0.0), Steadiness(1.0, 1.0)


def a_checkpoint(params: Params = PARAMS) -> Checkpoint:
    torch.manual_seed(0)
    state = build_generator(params).state_dict()
    return Checkpoint(40, params, Config(midi=MIDI), state, {}, state, {}, {})


def activations(checkpoint: Checkpoint) -> Tensor:
    """(phrases, bars, steps, pitches, tracks)."""
    generator = trained_generator(checkpoint, "average")
    with torch.no_grad():
        found: Tensor = generator(draw_latents(4, generator.latent_size, (3,)))
    return found


def change(found: Tensor) -> Tensor:
    """A value a track: how much neighbouring bars differ."""
    return (found[:, 1:] - found[:, :-1]).abs().mean((0, 1, 2, 3))


def test_with_nothing_left_all_bars_are_one() -> None:
    steady = steady_bars(a_checkpoint(), NOTHING, [NOTHING, NOTHING])
    assert float(change(activations(steady)).max()) < 1e-6
    assert float(activations(steady).std()) > 0.1
    assert steady.step == 41


def test_less_left_is_less_change_and_each_track_has_its_own() -> None:
    half = Steadiness(0.5, 0.5)
    whole = change(activations(steady_bars(a_checkpoint(), EVERYTHING, [EVERYTHING] * 2)))
    less = change(activations(steady_bars(a_checkpoint(), half, [half] * 2)))
    assert bool((less < whole).all())
    drums = change(activations(steady_bars(a_checkpoint(), half, [NOTHING, half])))
    assert float(drums[0]) < float(less[0])
    torch.testing.assert_close(drums[1], less[1])


def test_the_checkpoint_it_is_made_of_stays_as_it_was() -> None:
    checkpoint = a_checkpoint()
    before = {name: value.clone() for name, value in checkpoint.average.items()}
    steady_bars(checkpoint, NOTHING, [NOTHING, NOTHING])
    assert all(torch.equal(value, checkpoint.average[name]) for name, value in before.items())


def test_other_networks_are_refused_with_the_reason() -> None:
    with pytest.raises(NotAGrid, match="is a default network, expected grid"):
        steady_bars(a_checkpoint(Params()), NOTHING, [NOTHING] * 5)


def test_the_command_writes_a_checkpoint_after_the_newest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    experiment = set_up(tmp_path / "exp", "", PARAMS, Config(midi=MIDI))
    save_checkpoint(experiment.model, a_checkpoint())
    assert main(["steady-bars", str(experiment.folder), "--lasting", "0.5", "--drums", "0", "0.1"]) == 0
    newest = newest_checkpoint(experiment.model)
    assert newest is not None
    assert str(newest) in capsys.readouterr().out
    expected = steady_bars(a_checkpoint(), Steadiness(0.5, 0.6), [Steadiness(0.0, 0.1), Steadiness(0.5, 0.6)])
    found = load_checkpoint(newest)
    assert found.step == 41
    assert all(torch.equal(value, found.average[name]) for name, value in expected.average.items())


@pytest.mark.parametrize("share", ["1.1", "-0.1", "nan", "much"])
def test_a_share_that_is_none_is_refused(share: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["steady-bars", str(tmp_path), "--lasting", share])
    assert "expected 0 to 1" in capsys.readouterr().err
