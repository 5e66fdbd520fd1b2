"""What survives: the latents a musician saved, what the band played, and the settings, in one SQLite file."""

from bridge.library.history import MAX_UNDO_STEPS, History, HistoryEntry
from bridge.library.latents import LatentLibrary
from bridge.library.library import Library
from bridge.library.saved_latent import MAX_NAME_LENGTH, LatentSummary, SavedLatent, check_name
from bridge.library.schema import SCHEMA_VERSION
from bridge.library.settings_store import SettingsStore, SettingValue
from bridge.library.storage_errors import LatentExists, StorageError, UnknownLatent
from bridge.library.writer import WriterState

__all__ = [
    "MAX_NAME_LENGTH",
    "MAX_UNDO_STEPS",
    "SCHEMA_VERSION",
    "History",
    "HistoryEntry",
    "LatentExists",
    "LatentLibrary",
    "LatentSummary",
    "Library",
    "SavedLatent",
    "SettingValue",
    "SettingsStore",
    "StorageError",
    "UnknownLatent",
    "WriterState",
    "check_name",
]
