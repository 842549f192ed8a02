"""Every failure as an OperationOutcome: ours by name, the framework's by status, all others as 500 without a word."""

from __future__ import annotations

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from . import errors
from .audit import place_of
from .exchange import current
from .outcome import outcome_of

_BY_STATUS: dict[int, type[errors.RequestRefused]] = {
    404: errors.NotFound,
    413: errors.TooLarge,
    415: errors.UnsupportedMediaType,
}


def answer_failures(app: Flask) -> None:
    """Answer every failure of an application; the last handler is for our own defects."""
    app.register_error_handler(errors.RequestRefused, refuse)
    app.register_error_handler(HTTPException, _framework)
    app.register_error_handler(Exception, _defect)


def refuse(refused: errors.RequestRefused) -> Response:
    """Answer a failure that has a name."""
    exchange = current()
    exchange.line.refusal, exchange.line.why = type(refused).__name__, refused.why
    shown_id = "" if isinstance(refused, errors.NotAuthenticated) else exchange.id  # a 401 is the same to the byte
    return Response(
        outcome_of(refused, shown_id),
        status=refused.status,
        headers=refused.headers,
        mimetype="application/json",
    )


def _framework(problem: HTTPException) -> Response:
    """Answer what routing and reading refuse; the framework's own words are HTML and are left out."""
    if isinstance(problem, MethodNotAllowed):
        return refuse(errors.MethodNotAllowed(headers={"Allow": ", ".join(sorted(problem.valid_methods or ()))}))
    if isinstance(problem, RequestEntityTooLarge):
        return refuse(errors.TooLarge())
    status = problem.code or 500
    if status in _BY_STATUS:
        return refuse(_BY_STATUS[status]())
    if 400 <= status < 500:
        return refuse(errors.NotJson("The request was broken off or is not HTTP that this server reads."))
    return _defect(problem)


def _defect(failure: Exception) -> Response:
    """Answer a defect of ours: the audit line has its place, the caller gets the exchange's id and no more."""
    line = current().line
    line.failure = type(failure).__name__
    line.failed_at = place_of(failure)
    return refuse(errors.InternalError())
