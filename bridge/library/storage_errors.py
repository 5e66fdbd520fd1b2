"""What can be wrong with the library, or with what is asked of it."""

from __future__ import annotations


class StorageError(OSError):
    """The library's file cannot be read or written; the message says which file, why, and what to do."""


class UnknownLatent(KeyError):
    """No latent has this name; the message lists the nearest names."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show its message in quotes


class LatentExists(ValueError):
    """A name is already another latent's; the message says which."""
