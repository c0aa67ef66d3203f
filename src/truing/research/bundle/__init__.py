"""Bundle: publish a closed research run as files that anyone can host, verify and rerun."""

from truing.research.bundle._comparison import TOLERANCE, Comparison
from truing.research.bundle._environment import is_simulated
from truing.research.bundle._found import FoundBundle, find_bundle, is_bundle
from truing.research.bundle._manifest import Manifest
from truing.research.bundle._publish import publish
from truing.research.bundle._rerun import Rerun, rerun
from truing.research.bundle._verify import BundleVerification, verify_bundle

__all__ = [
    "TOLERANCE",
    "BundleVerification",
    "Comparison",
    "FoundBundle",
    "Manifest",
    "Rerun",
    "find_bundle",
    "is_bundle",
    "is_simulated",
    "publish",
    "rerun",
    "verify_bundle",
]
