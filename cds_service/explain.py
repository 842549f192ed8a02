"""Why a body that is JSON is not conformant: every problem with its path, out of the published schema.

The words are ours and name the rule, never the value: a validator's own messages quote what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from .errors import Problem
from .published import schema

_MOST = 1_000


def problems_of(body: dict[str, Any], schema_name: str, typed: str = "") -> tuple[Problem, ...]:
    """List what is wrong with a body, or what the typed reader said when the schema finds nothing."""
    found: dict[Problem, None] = {}
    for error in _validator(schema_name).iter_errors(body):
        for problem in _in_our_words(error):
            found[problem] = None
        if len(found) >= _MOST:
            break
    return tuple(found) or (_from_typed(typed),)


@cache
def _validator(schema_name: str) -> Any:
    from jsonschema import Draft202012Validator  # loaded only when a bad body comes

    return Draft202012Validator(schema(schema_name))


def _in_our_words(error: Any) -> Iterator[Problem]:
    where = _path(error.absolute_path)
    rule, wanted = error.validator, error.validator_value
    if rule == "required":
        for name in wanted:
            if name not in error.instance:
                yield Problem(_path([*error.absolute_path, name]), "is missing")
    elif rule == "dependentRequired":
        for name, needs in wanted.items():
            if name in error.instance:
                for missing in (n for n in needs if n not in error.instance):
                    yield Problem(_path([*error.absolute_path, missing]), f"is missing, and {name} needs it")
    else:
        yield Problem(where, _rule(rule, wanted, error.schema))


def _rule(rule: str, wanted: Any, schema_part: Any) -> str:
    meaning = schema_part.get("description", "") if isinstance(schema_part, dict) else ""
    words: dict[str, Callable[[], str]] = {
        "type": lambda: f"must be of type {wanted if isinstance(wanted, str) else ' or '.join(wanted)}",
        "enum": lambda: f"must be one of {', '.join(map(str, wanted))}",
        "minLength": lambda: "must not be empty",
        "pattern": lambda: f"must be {meaning}" if meaning else "must not be blank",
        "minimum": lambda: f"must be {wanted} or more",
        "minItems": lambda: "must not be empty",
        "anyOf": lambda: f"must hold {' or '.join(_names_required(wanted))}",
    }
    return words.get(rule, lambda: f"breaks the rule {rule}")()


def _names_required(options: Any) -> list[str]:
    return [name for option in options if isinstance(option, dict) for name in option.get("required", [])]


def _path(parts: Iterable[Any]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(the whole body)"


def _from_typed(message: str) -> Problem:
    says, _, where = message.partition(" - at `")
    return Problem(where.rstrip("`").removeprefix("$.") or "(the whole body)", says or "is not conformant")
