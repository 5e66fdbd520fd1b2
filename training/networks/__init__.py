"""Generators and critics."""
