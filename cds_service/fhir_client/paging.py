"""One key's list as its pages come in: which page to ask for next, and at the end why the list is not whole.

A list is whole when the chain of `next` links was walked to its end, no page reports data left out, nothing in it was
unreadable, and no page counts more matches than came. Everything else is a gap with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import fhir_types as fhir
from ..bundle import Page, SetAside
from .client import Ask
from .faults import WORDS, Fault
from .origins import Base, within
from .queries import Query

MOST_PAGES = 50

# An outcome beside the data that says only that something of the query was not understood: we filter again ourselves.
_HARMLESS_SEVERITIES = frozenset({"information", "warning"})
_HARMLESS_CODES = frozenset({"informational", "not-supported"})

_FAILED = frozenset({"error", "fatal"})

_COUNTING_ITEMS = frozenset({"_offset", "offset", "_getpagesoffset", "_skip", "skip", "_start", "start"})
_COUNTING_PAGES = frozenset({"_page", "page", "_pageNumber", "pageNumber"})
_OPEN_HTTP_METHODS = frozenset({405, 501})
_REFUSED_FILTER = frozenset({400, 422})


class Reading:
    """The answer to one query, page by page; `first` is the page that came as prefetch, when one did.

    `refused` says why nothing may be asked of the server for it; `limit` why even a whole answer is a part.
    """

    def __init__(
        self,
        query: Query,
        base: Base | None,
        *,
        first: Page | None = None,
        refused: str | None = None,
        limit: str | None = None,
    ) -> None:
        self.query = query
        self.refused = refused
        self._limit = limit
        self.fault: Fault | None = None
        self._base = base
        self._start = ""
        self._pages: dict[str, Page] = {} if first is None else {"": first}
        self._asked: set[str] = set()

    def opening(self) -> list[Ask]:
        """Return what to ask first: the query itself, or the pages after the one that came as prefetch."""
        if self._base is None or self.refused:
            return []
        if "" in self._pages:
            return self._after(self._pages[""])
        self._start = self.query.url(self._base)
        return self._asking([self._start])

    def came(self, ask: Ask, page: Page) -> list[Ask]:
        """Take a page; return what to ask now."""
        self._pages[ask.url if ask.form is None else self._start] = page
        return self._after(page)

    def failed(self, ask: Ask, fault: Fault, status: int = 0) -> list[Ask]:
        """Note that a page did not come; return another way to ask for it, if there is one."""
        other = self._otherwise(ask, status)
        if other is None:
            self.fault = self.fault or fault
            return []
        return [other]

    @property
    def came_at_all(self) -> bool:
        """Whether the first page is there, and is an answer to the query."""
        page = self._pages.get(self._start)
        return page is not None and answers(page, self.query.kind)

    def pages(self) -> list[Page]:
        """Return the pages in the order of the chain, then those that are not in it."""
        chain = [url for url, _ in self._chain()]
        return [self._pages[url] for url in (*chain, *(u for u in self._pages if u not in chain))]

    def gap(self) -> str | None:
        """Return why the list is not whole, or `None`."""
        if not self.came_at_all:
            return self.refused or self._why_not()
        pages = self.pages()
        return self._broken_chain() or left_out(pages) or unread(pages) or self._too_few(pages) or self._limit

    def _why_not(self) -> str:
        page = self._pages.get(self._start)
        if page is None:
            return WORDS[self.fault or Fault.TIMEOUT]
        if page.outcomes:
            return "an error came in place of data"
        return "it could not be read" if page.unreadable else "the answer was of another kind"

    def posted(self, ask: Ask) -> Ask | None:
        """Return the same search by POST, where the request is the search itself."""
        if self._base is None or ask.url != self._start or ask.form is not None or not self.query.is_search:
            return None
        return Ask(*self.query.post(self._base))

    def _otherwise(self, ask: Ask, status: int) -> Ask | None:
        if status in _OPEN_HTTP_METHODS:
            return self.posted(ask)
        plain = self.query.about_the_patient_only()
        if status in _REFUSED_FILTER and plain and self._base is not None and self._start not in self._pages:
            self.query = plain
            self._start = plain.url(self._base)
            again = self._asking([self._start])[0]
            return again if ask.form is None else self.posted(again)
        return None

    def _after(self, page: Page) -> list[Ask]:
        following = self._followable(page)
        if following is None or following in self._asked:
            return []
        first = len(self._pages) == 1
        return self._asking([following, *(self._foreseen(following, page) if first else ())])

    def _followable(self, page: Page) -> str | None:
        return within(self._base, page.next_url) if self._base is not None else None

    def _foreseen(self, following: str, page: Page) -> Iterator[str]:
        got = _matches([page], self.query.kind) + len(page.unreadable)
        return foreseen(following, got=got, total=page.total or 0)

    def _asking(self, urls: Sequence[str]) -> list[Ask]:
        room = MOST_PAGES - len(self._asked)
        new = [u for u in dict.fromkeys(urls) if u not in self._asked][:room]
        self._asked.update(new)
        return [Ask(u) for u in new]

    def _chain(self) -> Iterator[tuple[str, Page]]:
        url: str | None = self._start
        walked: set[str] = set()
        while url is not None and url in self._pages and url not in walked:
            walked.add(url)
            yield url, self._pages[url]
            url = self._pages[url].next_url

    def _broken_chain(self) -> str | None:
        *_, (_, last) = self._chain()
        if last.next_url is None:
            return None
        if self.refused:
            return f"first page only: {self.refused}"
        if self._base is None or self._followable(last) is None:
            return "a further page lies outside the FHIR server named"
        if last.next_url in self._pages:
            return "its pages run in a circle"
        if last.next_url not in self._asked:
            return f"more than {MOST_PAGES} pages"
        return f"a further page did not come: {WORDS[self.fault or Fault.TIMEOUT]}"

    def _too_few(self, pages: Sequence[Page]) -> str | None:
        got = _matches(pages, self.query.kind)
        total = max((page.total or 0 for page in pages), default=0)
        return f"{got} of {total} came" if self.query.is_search and total > got else None


def answers(page: Page, kind: str) -> bool:
    """Whether a page is an answer to a query for the type: the resource itself, or a Bundle that may hold it."""
    if page.kind == kind:
        return bool(page.entries)
    if page.kind != "Bundle":
        return False
    if kind in page.kinds or not (page.kinds or page.unreadable):
        return True
    if page.unreadable or page.kinds - {"OperationOutcome"}:
        return bool(page.unreadable)
    return not any(issue.severity in _FAILED for outcome in page.outcomes for issue in outcome.issue)


def left_out(pages: Sequence[Page]) -> str | None:
    """Return a reason when an outcome among the entries may mean that data are left out."""
    outcomes = [outcome for page in pages for outcome in page.outcomes]
    for issue in (issue for outcome in outcomes for issue in (outcome.issue or (fhir.Issue(),))):
        if issue.severity not in _HARMLESS_SEVERITIES or issue.code not in _HARMLESS_CODES:
            return "a warning in the answer may mean that data are left out"
    return None


def foreseen(following: str, *, got: int, total: int) -> Iterator[str]:
    """Yield the pages after the next one, where its URL counts items or pages in a way that is plain to see.

    A guess that is wrong does no harm: the list counts as whole only when the chain of the pages' own links is whole.
    """
    head, _, query = following.partition("?")
    pairs = query.split("&")
    for place, pair in enumerate(pairs):
        name, _, value = pair.partition("=")
        step = got if name in _COUNTING_ITEMS and value == str(got) else int(name in _COUNTING_PAGES and value == "2")
        if step and got:
            for number in range(1, min(-(-total // got) - 1, MOST_PAGES)):
                moved = f"{name}={int(value) + step * number}"
                yield f"{head}?{'&'.join([*pairs[:place], moved, *pairs[place + 1 :]])}"
            return


def _matches(pages: Sequence[Page], kind: str) -> int:
    """Count what came; a resource that an earlier page held already hides one that moved away between the two."""
    earlier: set[str] = set()
    count = 0
    for page in pages:
        found = [r for _, r in page.entries if type(r).__name__ == kind and r.id not in earlier]
        count += len(found)
        earlier.update(r.id for r in found if r.id)
    return count


def unread(pages: Sequence[Page]) -> str | None:
    """Return a reason when an entry could not be read."""
    asides: list[SetAside] = [a for page in pages for a in page.unreadable]
    return f"{len(asides)} of its entries could not be read" if asides else None
