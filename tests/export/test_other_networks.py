"""Every generator that plays by itself is exported as the default one is, at any grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

import export.verify
from bridge.contract import LatentLayout
from bridge.engine.handles import Values, bar_values, taking, track_bar_values, track_values
from bridge.engine.latents import draw_latent
from bridge.generator import Generator
from export.artefact import Artefact, make_artefact
from export.describe import Provenance
from export.lowering import lower
from export.verify import trained_rolls
from tests.export.graph_steps import shape_steps
from training.averaging import calibrate
from training.checkpoint import Checkpoint
from training.config import ACCOMPANIMENT, GENERATORS, GRID, Config, LatentParts, Midi, Nets, Params
from training.networks.binary_neurons import set_slope
from training.networks.generators import BandGenerator
from training.networks.presets import build_generator
from training.sampling.latent_noise import draw_latents

Shape = tuple[int, ...]

NAMES = tuple(name for name in GENERATORS if name != ACCOMPANIMENT)
SLOPE = 2.5
PIANO_KEYS = (2, 16, 88, 2)  # whose last octave is not whole
TUTORIAL = (4, 16, 72, 2)
ORIGINAL = (2, 12, 84, 2)  # in pitch, where its kernels overlap
ONE_BAR = (1, 6, 36, 2)  # in 3/4, and nothing to be shared by bars
RESOLUTIONS: dict[Shape, int] = {PIANO_KEYS: 4, TUTORIAL: 4, ORIGINAL: 3, ONE_BAR: 2}
# An export takes seconds: what the default network and its kin have in common is exported once or twice.
FILES = [
    ("default", PIANO_KEYS),
    ("dbn", TUTORIAL),
    ("sbn", PIANO_KEYS),
    ("bad_pitch_order", PIANO_KEYS),
    ("bad_temp_order", TUTORIAL),
    *((name, shape) for name in ("composer", "jamming", "hybrid", GRID) for shape in (PIANO_KEYS, TUTORIAL)),
]
LATENT_DIM = 32


def params_of(name: str, shape: Shape) -> Params:
    parts = LatentParts(6, 2, 4, 3) if name == GRID else LatentParts()
    return Params(
        data_shape=shape,
        beat_resolution=RESOLUTIONS[shape],
        latent_dim=parts.size(shape[0], shape[3]) if name == GRID else LATENT_DIM,
        latent_parts=parts,
        initial_output_shift=0.1,
        use_binary_neurons=name in ("dbn", "sbn"),
        nets=Nets(name),
    )


@cache
def a_generator(name: str, shape: Shape) -> BandGenerator:
    """In eval mode; nearly half of its cells sound, so that nothing hides where tanh is flat."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        generator = build_generator(params_of(name, shape))
        with torch.no_grad():
            for parameter in generator.parameters():
                if parameter.dim() < 3:
                    parameter.add_(0.2 * torch.rand_like(parameter))
                elif not parameter.any():  # gates that begin shut
                    parameter.add_(0.05 * torch.randn_like(parameter))
    set_slope(generator, SLOPE)
    calibrate(generator, [(draw_latents(16, generator.latent_size, (3,)), None)])
    return generator


@torch.no_grad()
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", RESOLUTIONS)
def test_lowered_it_plays_what_the_trained_generator_plays(name: str, shape: Shape) -> None:
    generator = a_generator(name, shape)
    latents = draw_latents(2, generator.latent_size, (5,))
    wanted = torch.from_numpy(trained_rolls(generator, latents))
    assert wanted.std() > 0.1
    lowered = lower(generator)
    for bars in (list(range(shape[0])), [shape[0] - 1, 0, 0]):
        torch.testing.assert_close(lowered(latents, torch.tensor(bars)), wanted[:, bars], atol=1e-4, rtol=0)
    again = torch.from_numpy(trained_rolls(generator, latents))
    assert torch.equal(again, wanted), "chance plays along"


@dataclass(frozen=True)
class Exported:
    """A generator and the file made of it, which has been verified."""

    name: str
    generator: BandGenerator
    artefact: Artefact

    def session(self) -> onnxruntime.InferenceSession:
        return onnxruntime.InferenceSession(str(self.artefact.path), providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module", params=FILES, ids=lambda case: f"{case[0]}-{case[1][2]}")
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    name, shape = request.param
    return an_export(name, shape, tmp_path_factory.mktemp("models"))


def an_export(name: str, shape: Shape, folder: Path) -> Exported:
    generator = a_generator(name, shape)
    midi = Midi(lowest_pitch=21, track_names=("Drums", "Piano"), programs=(0, 0), is_drums=(1, 0))
    checkpoint = Checkpoint(
        step=7,
        params=params_of(name, shape),
        config=Config(midi=midi),
        generator={},
        critic={},
        average=generator.state_dict(),
        generator_optimiser={},
        critic_optimiser={},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export.verify, "LATENTS", 8)  # the whole number is for a trained network
        artefact = make_artefact(checkpoint, "average", Provenance(name), folder / "model.onnx")
    return Exported(name, generator, artefact)


def test_it_becomes_a_model_that_the_bridge_plays(exported: Exported) -> None:
    played = Generator(exported.artefact.path, provider="cpu")
    contract, grid = played.contract, exported.generator.grid
    assert contract == exported.artefact.contract
    assert (contract.bars, contract.beats_per_bar, contract.steps_per_beat) == (grid.bars, 4, 4)
    assert contract.pitches == grid.pitches
    latent = draw_latent(contract, seed=5)
    found = played(latent, [1, 0])
    expected = trained_rolls(exported.generator, torch.from_numpy(latent)[None])[0, [1, 0]]
    assert found.shape == expected.shape == (2, 2, 16, grid.pitches)
    assert float(abs(found - expected).max()) < 1e-4
    assert 0.02 < float((found > contract.cell_threshold).mean()) < 0.9


def test_no_step_of_it_computes_a_shape(exported: Exported) -> None:
    assert shape_steps(exported.artefact.path) == set()


def test_a_batch_of_latents_can_be_played_at_once(exported: Exported) -> None:
    latents = draw_latents(3, exported.generator.latent_size, (6,))
    (rolls,) = exported.session().run(["pianoroll"], {"latent": latents.numpy(), "bars": np.array([1, 0, 1, 1])})
    np.testing.assert_allclose(rolls, trained_rolls(exported.generator, latents)[:, [1, 0, 1, 1]], atol=1e-4)


def test_its_contract_says_what_the_parts_of_the_latent_are_for(exported: Exported) -> None:
    layouts = {
        "jamming": LatentLayout(song=0, track=LATENT_DIM),
        "hybrid": LatentLayout(song=16, track=16),
        GRID: LatentLayout(song=8, bar=2, track=4, track_bar=3, key=2),
    }
    assert exported.artefact.contract.latent == layouts.get(exported.name, LatentLayout(song=LATENT_DIM))


def test_a_handle_of_the_latent_moves_what_it_names_and_nothing_else_to_the_last_bit(exported: Exported) -> None:
    played = Generator(exported.artefact.path, provider="cpu")
    contract = played.contract
    tracks, bars = range(len(contract.tracks)), range(contract.bars)
    before, other = draw_latent(contract, seed=1), draw_latent(contract, seed=2)
    own = contract.latent.track_bar  # at the end of track_bar_values; the rest moves the track's other bars too
    handles: dict[tuple[int | None, int | None], Values] = {}
    handles |= {(track, None): track_values(contract, track) for track in tracks}
    handles |= {(None, bar): bar_values(contract, bar) for bar in bars}
    if own:
        handles |= {(track, bar): track_bar_values(contract, track, bar)[-own:] for track in tracks for bar in bars}
    rolls = played(before, bars)
    for (track, bar), values in handles.items():
        moved = played(taking(before, other, values), bars)
        changed = {(one, at) for at in bars for one in tracks if not np.array_equal(moved[at, one], rolls[at, one])}
        named = {(one, at) for at in bars for one in tracks if track in (None, one) and bar in (None, at)}
        assert changed == (named if len(values) else set())
