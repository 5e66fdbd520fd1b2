"""The default network in every form and kind of number that benchmarks.providers compares, as files."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16
from torch import Tensor, nn

from benchmarks.plain_networks import PlainGenerator
from bridge.contract import LATENT_INPUT
from bridge.engine.latents import draw_latent
from bridge.sessions.opening import open_on_cpu
from bridge.sessions.runs import PlainRuns
from export.describe import Provenance, describe
from export.lowering import lower
from export.onnx_file import onnx_model
from tests.training.networks.test_generators import as_reference
from training.averaging import calibrate
from training.checkpoint import Checkpoint
from training.config import Config, Params
from training.networks.generators import DefaultGenerator
from training.sampling.latent_noise import draw_latents

OUTPUT_SHIFT = -2.0  # as trained: one cell in seventy sounds


class Within16(nn.Module):
    """bfloat16 within, float32 in and out."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = copy.deepcopy(inner).to(torch.bfloat16)

    def forward(self, latent: Tensor, bars: Tensor) -> Tensor:
        rolls: Tensor = self.inner(latent.to(torch.bfloat16), bars).float()
        return rolls


def write_files(folder: Path, latents: int) -> None:
    """FORM_KIND.onnx and FORM.pt, and reference.npy: (latents, bars, tracks, steps, pitches) bool, what float32 plays.

    Why a file is missing stands in a .txt of its name.
    """
    torch.manual_seed(0)
    network = DefaultGenerator(output_shift=OUTPUT_SHIFT)
    calibrate(network, [(draw_latents(16, network.latent_size, (1,)), None)])
    network.eval()
    plain = PlainGenerator()
    plain.load_state_dict(as_reference(network.state_dict()), strict=False)
    plain.eval()
    lowered = lower(network)
    torch.save(lowered, folder / "ours.pt")
    torch.save(plain, folder / "plain.pt")
    checkpoint = Checkpoint(0, Params(), Config(), {}, {}, network.state_dict(), {}, {})
    contract = describe(checkpoint, network, Provenance("default"))
    files = {name: folder / f"{name}.onnx" for name in ("ours_float32", "plain_float32")}
    files["ours_float32"].write_bytes(onnx_model(lowered, contract).SerializeToString())
    play = PlainRuns(open_on_cpu(files["ours_float32"]), "")
    rolls = [play(draw_latent(contract, seed), range(contract.bars)) for seed in range(latents)]
    np.save(folder / "reference.npy", np.stack(rolls) > contract.cell_threshold)
    writers: dict[str, Callable[[Path], object]] = {
        "plain_float32": lambda path: _write_plain(plain, network.latent_size, path),
        "ours_float16": lambda path: _write_float16(files["ours_float32"], path),
        "plain_float16": lambda path: _write_float16(files["plain_float32"], path),
        "ours_bfloat16": lambda path: path.write_bytes(onnx_model(Within16(lowered), contract).SerializeToString()),
        "ours_int8": lambda path: quantize_dynamic(str(files["ours_float32"]), str(path), weight_type=QuantType.QInt8),
    }
    for name, write in writers.items():
        try:
            write(folder / f"{name}.onnx")
        except Exception as error:  # the row says so
            (folder / f"{name}.txt").write_text(f"could not be written: {type(error).__name__}: {str(error)[-200:]}")


def _write_plain(plain: nn.Module, latent_size: int, path: Path) -> None:
    """By the older exporter, as the public ports would: it keeps the convolutions' normalisations apart."""
    torch.onnx.export(
        plain, (torch.zeros(1, latent_size),), str(path),
        input_names=[LATENT_INPUT], output_names=["roll"], opset_version=17, dynamo=False,
    )  # fmt: skip


def _write_float16(source: Path, path: Path) -> None:
    onnx.save(convert_float_to_float16(onnx.load(str(source)), keep_io_types=True), str(path))
