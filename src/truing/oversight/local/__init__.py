"""Local models: models of transformers that run on this machine, loaded once for all roles.

Only `load_api` imports PyTorch and transformers, which takes several seconds.
"""

from truing.oversight.local._batching import Batching
from truing.oversight.local._load_api import load_api
from truing.oversight.local._request import Drawn, Request
from truing.oversight.local._too_long import PromptTooLong, why_too_long

__all__ = ["Batching", "Drawn", "PromptTooLong", "Request", "load_api", "why_too_long"]
