"""Pipeline: what a submitted `run.py` imports to read its inputs, train, and save predictions."""

from truing.pipeline._given import Given, load, save

__all__ = ["Given", "load", "save"]
