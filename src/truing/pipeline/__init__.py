"""Pipeline: what a submitted `run.py` imports to read its inputs, train, and save predictions."""

from truing.pipeline._given import Given, load, save
from truing.pipeline._heads import Head, fit_head, train_method
from truing.pipeline._models import activations, fine_tune

__all__ = ["Given", "Head", "activations", "fine_tune", "fit_head", "load", "save", "train_method"]
