"""Random messages as OSC can carry them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from bridge.protocol.arguments import Value
from bridge.protocol.osc_packet import OscMessage

addresses = st.from_regex(r"/[!-~]{0,20}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ints = st.integers(-(2**31), 2**31 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False, width=32)
values = st.one_of(ints, floats, texts, st.sampled_from(["42", "-1e5", "end", "my song", 'a"b', "a,b", "\\", " "]))


def as_osc_holds_it(message: OscMessage) -> list[tuple[type, Value]]:
    """The values with their types, floats rounded to the 32 bits that a datagram would have."""
    return [
        (type(value), float(np.float32(value)) if isinstance(value, float) else value) for value in message.arguments
    ]
