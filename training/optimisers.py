"""Adam, and its state as a checkpoint keeps it: the same whichever device it was trained on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from training.config import Config


def adam(parameters: Iterable[nn.Parameter], config: Config, recorded: bool) -> torch.optim.Adam:
    """The optimiser of one network. `recorded`: for CUDA graphs, which read the rate from the GPU's memory."""
    own = list(parameters)
    rate = (
        torch.tensor(config.initial_learning_rate, device=own[0].device) if recorded else config.initial_learning_rate
    )
    return torch.optim.Adam(own, rate, (config.adam.beta1, config.adam.beta2), capturable=recorded)


def set_rate(optimiser: torch.optim.Adam, rate: float) -> None:
    """The learning rate from here on."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def state_of(optimiser: torch.optim.Adam) -> dict[str, Any]:
    """For a checkpoint: plain numbers, and nothing of the device. The reverse of restore."""
    state = optimiser.state_dict()
    groups = [group | {"lr": float(group["lr"]), "capturable": False} for group in state["param_groups"]]
    counted = {
        index: values | {"step": values["step"].detach().to("cpu", copy=True)}
        for index, values in state["state"].items()
    }
    return {"state": counted, "param_groups": groups}


def restore(optimiser: torch.optim.Adam, saved: dict[str, Any]) -> None:
    """The reverse of state_of, into an optimiser of any device, which goes on as it was built to."""
    own = [{key: group[key] for key in ("lr", "capturable")} for group in optimiser.param_groups]
    optimiser.load_state_dict(saved)
    for group, kept in zip(optimiser.param_groups, own, strict=True):
        group.update(kept)
        for parameter in group["params"]:
            values = optimiser.state.get(parameter)
            if values and group["capturable"]:
                values["step"] = values["step"].to(parameter.device)
