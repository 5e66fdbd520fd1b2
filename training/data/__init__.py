"""Phrases on disk, from one format to another, and in batches."""
