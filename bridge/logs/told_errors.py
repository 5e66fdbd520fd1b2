"""Every /mai/error that is sent, as a line in the log: what was asked for, and why it was not done."""

from __future__ import annotations

import logging

from bridge.doors.address import Address
from bridge.logs.json_lines import FIELDS, plain
from bridge.protocol.osc_packet import OscMessage

log = logging.getLogger(__name__)

ERROR_ADDRESS = "/mai/error"
_NAMES = ("id", "address", "code", "said")
_MAX_TEXT_CHARACTERS = 200


def tell_error(message: OscMessage, address: Address) -> None:
    """Leaves a record and returns at once; any other message is let pass. Any thread may call it."""
    if message.address != ERROR_ADDRESS:
        return
    values = zip(_NAMES, message.arguments, strict=False)
    fields = {name: plain(value, _MAX_TEXT_CHARACTERS) for name, value in values}
    log.info("error answered", extra={FIELDS: {**fields, "to": f"{address[0]}:{address[1]}"}})
