"""encoder.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.config_file import read_config, write_config
from training.encoding.encoder_config import EncoderConfig


def test_what_is_written_is_read_again_with_a_comment_a_key(tmp_path: Path) -> None:
    path = tmp_path / "encoder.yaml"
    config = EncoderConfig(steps=7, learning_rate=2e-4)
    write_config(path, config)
    assert read_config(path, EncoderConfig) == config
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# encoder.yaml: how the encoder is trained."
    assert all("  # " in line for line in lines[1:])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("steps", -1),
        ("batch_size", 1),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("all_tracks_share", 1.5),
        ("notes_weight", -0.1),
        ("latent_weight", float("nan")),
        ("precision", "half"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{key} is {value!r}, expected".replace(".", r"\.")):
        EncoderConfig(**{key: value})  # type: ignore[arg-type]
