"""Endpoints that do less than ours, under the same server: what any answer costs at least."""

from __future__ import annotations

import sys

import msgspec
import orjson
from flask import Flask, Response, request

from cds_service.config import settings_from
from cds_service.server import serve


def empty() -> Flask:
    """Return an application that reads the body and says nothing."""
    app = Flask("empty")

    @app.post("/")
    def read() -> Response:
        request.get_data(cache=False)
        return Response(b'{"cards":[]}', mimetype="application/json")

    return app


def parsing() -> Flask:
    """Return an application that reads the body into dictionaries and says nothing."""
    app = Flask("parsing")

    @app.post("/")
    def parse() -> Response:
        orjson.loads(request.get_data(cache=False))
        return Response(b'{"cards":[]}', mimetype="application/json")

    return app


def pipeline() -> Flask:
    """Return an application that reads, judges and writes cards, and knows of no caller, store, log or figure."""
    from .pipeline import Pipeline

    app, alone = Flask("pipeline"), Pipeline()

    @app.post("/")
    def answer() -> Response:
        return Response(alone.answer(request.get_data(cache=False)), mimetype="application/json")

    return app


if __name__ == "__main__":
    settings = msgspec.structs.replace(settings_from({}), port=int(sys.argv[2]), workers=2)
    serve(settings, {"empty": empty, "parsing": parsing, "pipeline": pipeline}[sys.argv[1]])
