"""Named, documented measurements of a case; the knowledge pages name them, and `Facts` measures each once."""

from . import delivery, diagnosis, history, imaging, nerve, pathology, patient, systemic, timing
from .registry import FACTS, Facts, fact, facts_of

__all__ = [
    "FACTS",
    "Facts",
    "delivery",
    "diagnosis",
    "fact",
    "facts_of",
    "history",
    "imaging",
    "nerve",
    "pathology",
    "patient",
    "systemic",
    "timing",
]
