"""Hostile bytes for whatever reads bytes from outside: a target each, run by pytest and by python -m tests.fuzz."""
