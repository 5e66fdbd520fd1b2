"""Who may use the HTTP door: programs on this machine and the bridge's own page, no page of another site.

A browser lets any page send requests to 127.0.0.1, and a name of the page's own can be made to lead there. What a page
cannot do is lie about Host, Origin and Sec-Fetch-Site.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")
_OWN_FETCHES = ("same-origin", "none")  # none: typed into the address bar


def why_foreign(hosts: Sequence[str], origins: Sequence[str]) -> str | None:
    """Why a request with these Host and Origin headers is refused, in a sentence; None: it is welcome.

    Exactly one Host, a name of the loopback; where there is an Origin, it is the page that this very host serves.
    """
    if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0].lower()):
        came = ", ".join(hosts)[:100] or "missing"
        return f"Host is {came}, expected localhost, 127.0.0.1 or [::1]: the bridge answers this machine alone."
    own = f"http://{hosts[0].lower()}"
    for origin in origins:
        if origin.lower() != own:
            return f"Origin is {origin[:100]}, expected {own}: pages of other sites may not use the bridge."
    return None


def why_foreign_fetch(fetch_sites: Sequence[str]) -> str | None:
    """The same for a request that does something: an image or a link in another site's page has no Origin."""
    for site in fetch_sites:
        if site.lower() not in _OWN_FETCHES:
            return f"Sec-Fetch-Site is {site[:100]}: pages of other sites may not use the bridge."
    return None
