"""Engines in folders of their own."""

from tests.engines import engine_folder

__all__ = ["engine_folder"]
