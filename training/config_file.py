"""Configuration dataclasses to yaml files with a comment a key, and back."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

T = TypeVar("T")


_EXPONENT = re.compile(r"[+-]?\d+[eE][+-]?\d+")  # 1e-4: without a point, yaml takes it for text


class ConfigError(ValueError):
    """A configuration file says something that cannot be; the message names the key."""


def write_config(path: Path, config: Any) -> None:
    """Write a configuration dataclass as yaml, each key with its meaning. The reverse of read_config."""
    path.write_text(f"# {type(config).__doc__}\n" + _to_yaml(config, indent=""), encoding="utf-8")


def read_config(path: Path, kind: type[T]) -> T:
    """The reverse of write_config; keys left out have their defaults. Raises ConfigError."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): make it with maisynth-train setup-exp") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} is not yaml: {error}") from error
    try:
        return from_mapping(kind, {} if values is None else values)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error


def to_mapping(config: Any) -> dict[str, Any]:
    """A configuration dataclass as plain dictionaries. The reverse of from_mapping."""
    return asdict(config)


def from_mapping(kind: type[T], values: object, where: str = "") -> T:
    """The reverse of to_mapping. Raises ValueError for an unknown key (naming the nearest) or a wrong type."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{where.rstrip('.') or 'the file'} is {values!r}, expected keys and values")
    hints = get_type_hints(kind)
    for name in values:
        if name not in hints:
            near = difflib.get_close_matches(str(name), hints, n=1, cutoff=0.0)
            raise ValueError(f"unknown key '{where}{name}': did you mean '{where}{near[0]}'?")
    return kind(**{name: _convert(hints[name], value, f"{where}{name}") for name, value in values.items()})


def _convert(hint: Any, value: Any, where: str) -> Any:
    if is_dataclass(hint):
        return from_mapping(hint, value, f"{where}.")  # type: ignore[arg-type]  # a dataclass type is a type
    if get_origin(hint) in (Union, types.UnionType):
        if value is None:
            return None
        hint = next(option for option in get_args(hint) if option is not type(None))
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"'{where}' is {value!r}, expected a list")
        item = get_args(hint)[0]
        return tuple(_convert(item, entry, f"{where}[{index}]") for index, entry in enumerate(value))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is float and isinstance(value, str) and _EXPONENT.fullmatch(value):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ValueError(f"'{where}' is {value!r}, expected {hint.__name__}")
    return value


def _to_yaml(config: Any, indent: str) -> str:
    lines = []
    for entry in fields(config):
        value = getattr(config, entry.name)
        meaning = entry.metadata["meaning"]
        if is_dataclass(value):
            lines.append(f"{indent}{entry.name}:  # {meaning}\n{_to_yaml(value, indent + '  ')}")
        else:
            plain = list(value) if isinstance(value, tuple) else value
            text = yaml.safe_dump(plain, default_flow_style=True, width=1000).removesuffix("\n...\n").strip()
            lines.append(f"{indent}{entry.name}: {text}  # {meaning}\n")
    return "".join(lines)
