"""Why a request is not carried out, in the protocol's words."""

from __future__ import annotations

from bridge.doors.clients import TooManyClients
from bridge.engine.memory import OfAnotherModel
from bridge.engine.parcels import BadParcel
from bridge.generator import BadModel
from bridge.library import LatentExists, StorageError, UnknownLatent
from bridge.model_files.catalogue import UnknownModel
from bridge.protocol.arguments import ArgumentRefused


class Refused(ValueError):
    """A request that cannot be carried out now; becomes a /mai/error with this code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_CODES: dict[type[Exception], str] = {
    UnknownLatent: "unknown_name",
    LatentExists: "out_of_range",
    StorageError: "storage",
    TooManyClients: "busy",
    OfAnotherModel: "bad_model",
    UnknownModel: "unknown_name",
    BadModel: "bad_model",
    BadParcel: "bad_arguments",
}


def explain(problem: Exception) -> tuple[str, str]:
    """The protocol's error code for an exception, and a sentence."""
    if isinstance(problem, Refused | ArgumentRefused):
        return problem.code, str(problem)
    for kind, code in _CODES.items():
        if isinstance(problem, kind):
            return code, str(problem)
    return "internal", f"{type(problem).__name__}: {problem}"
