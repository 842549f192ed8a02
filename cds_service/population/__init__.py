"""A dry run over a population before go-live: who would get a card, who would not, and what data is missing.

    sources ── spans ── desk (DuckDB) ── evaluation ── desk ── figures ── report
    the files   who is    brings each     chart, then    keeps    counts    HTML, JSON,
    as given    where     one together    the service    rows               Parquet

The engine runs `spans` and `evaluation` on all cores, or over many machines; the same two functions on each.
"""
