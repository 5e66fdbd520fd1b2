"""The musical state, and the one thread that owns it."""
