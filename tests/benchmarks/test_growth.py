"""How a curve grows, and what is called worse than n log n."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.growth import Series, exponent, export_fresh, fill, growth, table
from bridge.contract import ModelContract
from bridge.engine.latents import draw_latent
from bridge.generator import Generator
from bridge.library import LatentLibrary

SIZES = (10, 100, 1000, 10_000)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_law_is_its_power(power: float) -> None:
    assert exponent(SIZES, [3.0 * size**power for size in SIZES]) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize(
    ("sizes", "figures"),
    [
        ((), ()),
        ((5,), (1.0,)),
        ((5, 5), (1.0, 2.0)),
        ((1, 2), (1.0, 0.0)),
        ((1, 2), (1.0, math.nan)),
        ((0, 2), (1.0, 2.0)),
    ],
)
def test_what_has_no_exponent_has_none(sizes: tuple[float, ...], figures: tuple[float, ...]) -> None:
    assert math.isnan(exponent(sizes, figures))


def test_linear_and_n_log_n_are_allowed_and_a_square_is_not() -> None:
    assert not growth(SIZES, [2.0 for _ in SIZES]).worse
    assert not growth(SIZES, [0.1 * size for size in SIZES]).worse
    assert not growth(SIZES, [0.1 * size * math.log2(size) for size in SIZES]).worse
    assert growth(SIZES, [0.001 * size**2 for size in SIZES]).worse


def test_a_square_that_begins_small_is_seen_in_the_last_step() -> None:
    found = growth(SIZES, [5.0 + 1e-5 * size**2 for size in SIZES])
    assert found.overall < 1.0 < found.last
    assert found.worse


def test_noise_of_a_curve_that_does_not_grow_is_no_growth() -> None:
    assert not growth((9, 10), (1.0, 1.4)).worse
    assert growth((9, 10), (1.0, 1.6)).worse
    assert not growth(SIZES, (9.0, 9.0, 0.1, 9.0)).worse


def test_what_cannot_be_told_is_not_called_worse() -> None:
    assert not growth((1, 10), (math.nan, math.nan)).worse


def test_the_table_names_what_is_worse() -> None:
    series = Series("saved latents")
    for size in SIZES:
        series.add(size, {"a press": 4.0, "a listing": size**2.0})
    assert series.sizes == list(SIZES)
    _, head, press, listing = table(series).splitlines()
    assert head.split()[:6] == ["saved", "latents", "10", "100", "1,000", "10,000"]
    assert "WORSE" not in press
    assert listing.endswith("WORSE than n log n")


def test_a_filled_library_has_so_many_latents_of_the_model(tmp_path: Path, band: ModelContract) -> None:
    fill(tmp_path / "latents.sqlite", 30, band)
    with LatentLibrary(tmp_path / "latents.sqlite") as library:
        assert library.count() == len(library.names()) == 30
        assert library.knows_model(band.model_hash)
        assert library.get("take 30").values.shape == (band.latent_size,)


def test_a_fresh_network_has_the_bars_and_the_width_that_were_asked_for(tmp_path: Path) -> None:
    narrow, wide = (export_fresh(tmp_path / f"{width}.onnx", bars=2, width=width) for width in (0.125, 0.25))
    assert 2.0 < wide / narrow < 4.0
    player = Generator(tmp_path / "0.125.onnx", "cpu")
    assert player.contract.bars == 2
    assert np.isfinite(player(draw_latent(player.contract, 1), range(2))).all()
