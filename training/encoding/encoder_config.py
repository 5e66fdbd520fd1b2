"""encoder.yaml: how an encoder is trained. Every key with its default and what it means."""

from __future__ import annotations

from dataclasses import dataclass

from training.config_keys import at_least, key

PRECISIONS = ("auto", "bf16-mixed", "32-true")


@dataclass(frozen=True)
class EncoderConfig:
    """encoder.yaml: how the encoder is trained."""

    steps: int = key(6000, "updates: half an hour on one core at the default shape")
    latents_only_steps: int = key(
        400, "the first of them hear generated phrases alone, whose latents are known: they take half of the time"
    )
    batch_size: int = key(32, "phrases an update: half of them generated, half of the data")
    learning_rate: float = key(0.001, "Adam's; over the second half of the steps it falls to 0")
    all_tracks_share: float = key(0.5, "how often all tracks are given; otherwise one, or several by chance")
    latent_weight: float = key(1.0, "of the squared error of generated phrases' latents")
    notes_weight: float = key(1.0, "of how far the notes of the given tracks are missed (1 - Dice)")
    harmony_weight: float = key(0.5, "of how far their pitch classes are missed, bar by bar (1 - cosine)")
    prior_weight: float = key(0.1, "of how far real phrases' latents are longer than those that the generator knows")
    key_weight: float = key(0.5, "of how rarely a phrase in the home key is heard as one (cross-entropy)")
    seed: int = key(0, "a run with the same seed, data and generator repeats")
    precision: str = key("auto", "auto (bfloat16 where the processor has it), bf16-mixed or 32-true")
    log_steps: int = key(50, "updates between lines in the log (0: never)")
    evaluate_steps: int = key(500, "between measurements of what is found again (0: only at the end)")
    save_checkpoint_minutes: float = key(5.0, "between checkpoints (0: only at the end)")

    def __post_init__(self) -> None:
        for name in ("steps", "latents_only_steps", "log_steps", "evaluate_steps"):
            at_least(name, getattr(self, name), 0)
        at_least("batch_size", self.batch_size, 2)
        for name in (
            "latent_weight",
            "notes_weight",
            "harmony_weight",
            "prior_weight",
            "key_weight",
            "save_checkpoint_minutes",
        ):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 or more")
        if not self.learning_rate > 0.0:
            raise ValueError(f"learning_rate is {self.learning_rate}, expected a positive number")
        if not 0.0 <= self.all_tracks_share <= 1.0:
            raise ValueError(f"all_tracks_share is {self.all_tracks_share}, expected 0 to 1")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}, expected one of: {', '.join(PRECISIONS)}")
