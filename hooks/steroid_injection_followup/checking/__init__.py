"""What may be wrong with the knowledge: what does not load, cite, reach its fact, or is used by nothing.

`cds-service check` prints these findings, one a line with its page, row and mend; a test holds that ours has none.
"""

from __future__ import annotations

from ..library import Library
from . import dates, options, pages, seeds, used

__all__ = ["findings"]


def findings(library: Library) -> list[str]:
    """Return what is wrong, one finding a line."""
    return [
        *pages.wrong(library),
        *options.wrong(library),
        *dates.wrong(library),
        *seeds.wrong(library),
        *used.wrong(library),
    ]
