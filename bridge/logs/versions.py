"""What runs here: the bridge, Python, the system and the libraries that the band plays with."""

from __future__ import annotations

import platform
import struct
import sys

from bridge import __version__

LIBRARIES = ("onnxruntime", "numpy", "mido", "rtmidi", "websockets", "PIL", "rich", "platformdirs", "aalink")


def versions() -> dict[str, str]:
    """Names and versions. Of the libraries those that are loaded and say it themselves: asking the installation takes
    a tenth of a second, while the band is waited for (`maisynth doctor --report` does)."""
    table = {
        "maisynth": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}, {8 * struct.calcsize('P')} bits",
        "system": f"{platform.system()} {platform.release()} on {platform.machine()} ({sys.platform})",
    }
    for name in LIBRARIES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if isinstance(version, str):
            table[name] = version
    return table
