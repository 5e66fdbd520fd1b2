"""A model is data: it can run no code of its own, and read no file beyond its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import external_data_helper, helper

from bridge.contract import ModelContract
from bridge.generator import BadModel, Generator
from tests.tiny_model import write_tiny_model

WEIGHTS = "weights"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a model, with a secret beside it."""
    models = tmp_path / "models"
    models.mkdir()
    return models


def keep_weights_in(model: Path, contract: ModelContract, location: str, file: Path) -> None:
    """Writes a model whose weights lie in `file` and are named as `location`."""
    write_tiny_model(model, contract)
    loaded = onnx.load(str(model))
    (tensor,) = (one for one in loaded.graph.initializer if one.name == WEIGHTS)
    file.write_bytes(tensor.raw_data)
    external_data_helper.set_external_data(tensor, location, length=len(tensor.raw_data))
    tensor.ClearField("raw_data")
    model.write_bytes(loaded.SerializeToString())


def test_weights_in_a_file_of_the_same_folder_are_loaded(folder: Path, band: ModelContract) -> None:
    keep_weights_in(folder / "m.onnx", band, "m.bin", folder / "m.bin")
    assert Generator(folder / "m.onnx", "cpu").contract.name == "tiny 0"


@pytest.mark.parametrize("way", ["../secret.bin", "../models/../secret.bin", "x/../../secret.bin", "absolute", "link"])
def test_weights_in_a_file_elsewhere_are_refused(way: str, folder: Path, band: ModelContract) -> None:
    secret = folder.parent / "secret.bin"
    location = {"absolute": str(secret), "link": "link.bin"}.get(way, way)
    keep_weights_in(folder / "m.onnx", band, location, secret)
    (folder / "x").mkdir()
    if way == "link":
        (folder / "link.bin").symlink_to(secret)
    with pytest.raises(BadModel, match=r"m\.onnx is not an ONNX model that can be loaded: .*(xternal data|bsolute)"):
        Generator(folder / "m.onnx", "cpu")


def in_another_domain(model: onnx.ModelProto) -> None:
    (last,) = (node for node in model.graph.node if node.op_type == "Tanh")
    last.domain, last.op_type = "evil.example", "Run"
    model.opset_import.append(helper.make_opsetid("evil.example", 1))


def with_python(model: onnx.ModelProto) -> None:
    (last,) = (node for node in model.graph.node if node.op_type == "Tanh")
    last.domain, last.op_type = "pyopmulti_2", "PyOp"
    last.attribute.extend([helper.make_attribute("module", "os"), helper.make_attribute("compute", "abort")])
    model.opset_import.append(helper.make_opsetid("pyopmulti_2", 1))


def with_a_compiled_context(model: onnx.ModelProto) -> None:
    (last,) = (node for node in model.graph.node if node.op_type == "Tanh")
    last.domain, last.op_type = "com.microsoft", "EPContext"
    last.attribute.extend(
        [helper.make_attribute("embed_mode", 0), helper.make_attribute("ep_cache_context", "../secret.so")]
    )
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


@pytest.mark.parametrize("spoil", [in_another_domain, with_python, with_a_compiled_context])
def test_steps_that_are_not_onnx_runtimes_own_are_refused(
    spoil: Callable[[onnx.ModelProto], None], folder: Path, band: ModelContract
) -> None:
    write_tiny_model(folder / "m.onnx", band)
    model = onnx.load(str(folder / "m.onnx"))
    spoil(model)
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(BadModel, match=r"m\.onnx is not an ONNX model that can be loaded"):
        Generator(folder / "m.onnx", "cpu")


def test_session_options_in_a_models_metadata_are_not_obeyed(folder: Path, band: ModelContract) -> None:
    """ONNX Runtime reads "ort_config" from the metadata where a program asks it to."""
    write_tiny_model(folder / "m.onnx", band)
    model = onnx.load(str(folder / "m.onnx"))
    trace = folder.parent / "trace"
    options = f'{{"session_options": {{"enable_profiling": 1, "profile_file_prefix": "{trace}"}}}}'
    helper.set_model_props(model, {one.key: one.value for one in model.metadata_props} | {"ort_config": options})
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    Generator(folder / "m.onnx", "cpu")
    assert not list(folder.parent.glob("trace*"))
