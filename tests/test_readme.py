"""What the README says of the code is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from bridge.protocol.protocol_table import protocol_table
from bridge.protocol.requests import ANSWERS, REQUESTS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_osc_table_is_the_one_that_the_code_prints() -> None:
    shown = re.search(r"<!-- made by: maisynth protocol -->\n(.*?)\n<!-- end -->", README, re.DOTALL)
    assert shown is not None
    assert shown.group(1) == protocol_table(), "run `maisynth protocol` and paste what it prints"


def test_every_request_has_an_answer_in_the_table() -> None:
    assert set(REQUESTS) == set(ANSWERS)


def test_the_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) >= 3
    for link in links:
        assert (ROOT / link).exists(), link
