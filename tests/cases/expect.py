"""Whether an answer holds what a case expects of it; each thing that does not is said in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from typing import Any

Json = dict[str, Any]
ASSESSMENT = "org.steroid-injection-followup.assessment"
QUIET = ("not-supported", "not-assessable")
IN_RECORD = ("already-done", "already-ordered")
_NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def settled(answer: Any) -> Any:
    """Return an answer with its fresh ids numbered in the order in which they come."""
    text = json.dumps(answer, ensure_ascii=False)
    seen: dict[str, str] = {}
    return json.loads(_NUMBERS.sub(lambda m: seen.setdefault(m[0], f"uuid-{len(seen) + 1}"), text))


def disappointments(answer: Json, expect: Json) -> list[str]:
    """Return every way in which an answer is not as expected."""
    assessment = answer["extension"][ASSESSMENT]
    found = [*_cards(answer["cards"], expect), *_whole(assessment, expect)]
    for wanted in expect.get("episode", []):
        name = f"{wanted['region']} {wanted['side']}"
        episode = next((e for e in assessment["episodes"] if f"{e['region']} {e['side']}" == name), None)
        if episode is None:
            there = [f"{e['region']} {e['side']}" for e in assessment["episodes"]]
            found.append(f"episode {name}: not there, only {there}")
        else:
            found += [f"{name}: {says}" for says in _episode(episode, wanted)]
    return found


def _cards(cards: list[Json], expect: Json) -> Iterator[str]:
    kinds = sorted(f"{c['source']['topic']['code']}:{c['indicator']}" for c in cards)
    if kinds != sorted(expect["cards"]):
        yield f"cards: expected {sorted(expect['cards'])}, got {kinds}"
    words = "\n".join(part for c in cards for part in (c["summary"], c.get("detail", "")))
    offers = "\n".join(map(_offered, cards))
    for pattern in expect.get("says", []):
        if not re.search(pattern, words, re.IGNORECASE):
            yield f"no card says {pattern!r}"
    for pattern in expect.get("never_says", []):
        if hit := re.search(f".*(?:{pattern}).*", words, re.IGNORECASE):
            yield f"a card says {pattern!r}: {hit[0].strip()!r}"
    for pattern in expect.get("never_offers", []):
        if hit := re.search(f".*(?:{pattern}).*", offers, re.IGNORECASE):
            yield f"a suggestion offers {pattern!r}: {hit[0].strip()!r}"


def _offered(card: Json) -> str:
    """The words of a card's suggestions: labels, descriptions and what is ordered."""
    lines = []
    for suggestion in card.get("suggestions", []):
        lines.append(suggestion["label"])
        for action in suggestion.get("actions", []):
            code = action["resource"].get("code", {})
            displays = [coding.get("display", "") for coding in code.get("coding", [])]
            lines += [action["description"], code.get("text", ""), *displays]
    return "\n".join(lines)


def _whole(assessment: Json, expect: Json) -> Iterator[str]:
    episodes = assessment["episodes"]
    if "episodes" in expect and len(episodes) != expect["episodes"]:
        yield f"episodes: expected {expect['episodes']}, got {len(episodes)}"
    if "class" in expect:
        others = [e["response"]["class"] for e in episodes if e["response"]["class"] != expect["class"]]
        if others:
            yield f"class: expected {expect['class']} of every episode, got {others}"
    unreadable, ignored = (json.dumps(assessment[key]) for key in ("unreadable", "ignored"))
    for reference in expect.get("unreadable", []):
        if reference not in unreadable:
            yield f"{reference} is not listed as unreadable"
    for reference in expect.get("set_aside", []):
        if reference not in unreadable + ignored:
            yield f"{reference} is listed neither as unreadable nor as ignored"


def _episode(episode: Json, wanted: Json) -> Iterator[str]:
    yield from _injections(episode["injections"], wanted)
    yield from _response(episode, wanted)
    yield from _causes(episode["causes"], wanted.get("causes", {}))
    yield from _steps({s["id"]: s["status"] for s in episode["nextSteps"]}, wanted)


def _injections(injections: list[Json], wanted: Json) -> Iterator[str]:
    if "injections" in wanted and len(injections) != wanted["injections"]:
        yield f"injections: expected {wanted['injections']}, got {[i['date'] for i in injections]}"
    if "dates" in wanted and sorted(i["date"] for i in injections) != wanted["dates"]:
        yield f"dates: expected {wanted['dates']}, got {[i['date'] for i in injections]}"
    latest = max(injections, key=lambda i: str(i["date"]))
    for key, name in (("agent", "agent"), ("dose_mg", "doseMg"), ("guidance", "guidance")):
        if key in wanted and latest.get(name) != wanted[key]:
            yield f"{name}: expected {wanted[key]}, got {latest.get(name)}"
    if "references" in wanted and sorted(latest["references"]) != sorted(wanted["references"]):
        yield f"references: expected {wanted['references']}, got {latest['references']}"


def _response(episode: Json, wanted: Json) -> Iterator[str]:
    response = episode["response"]
    for key in ("class", "reason", "confidence", "worsened"):
        if key in wanted and response.get(key) != wanted[key]:
            yield f"{key}: expected {wanted[key]}, got {response.get(key)} ({response.get('reason')})"
    for key in ("baseline", "best", "latest"):
        if key in wanted and (response.get(key) or {}).get("value") != wanted[key]:
            yield f"{key}: expected {wanted[key]}, got {response.get(key)}"
    if episode.get("suppressed", False) != wanted.get("suppressed", False):
        yield f"suppressed: expected {wanted.get('suppressed', False)}, got {episode.get('suppressed')}"


def _causes(causes: list[Json], wanted: dict[str, str]) -> Iterator[str]:
    """Listed causes are exactly so; every other one is not supported or cannot be assessed."""
    if len(causes) != 12:
        yield f"causes: all twelve are always listed, got {len(causes)}"
    unknown = set(wanted) - {c["id"] for c in causes}
    if unknown:
        yield f"causes: no such cause {sorted(unknown)}"
    for cause in causes:
        evidence = sorted(e["id"] for e in cause["evidence"])
        got = f"{cause['state']}: {' '.join(evidence)}"
        if cause["id"] not in wanted:
            if cause["state"] not in QUIET:
                yield f"{cause['id']}: expected {' or '.join(QUIET)}, got {got}"
            continue
        state, _, listed = wanted[cause["id"]].partition(":")
        if cause["state"] != state or evidence != sorted(listed.split()):
            yield f"{cause['id']}: expected {wanted[cause['id']]}, got {got}"


def _steps(steps: dict[str, str], wanted: Json) -> Iterator[str]:
    for key, statuses in (("suggested", ("suggested",)), ("in_record", IN_RECORD), ("mentioned", ("mentioned",))):
        for step in wanted.get(key, []):
            if steps.get(step) not in statuses:
                yield f"{step}: expected {' or '.join(statuses)}, got {steps.get(step)}"
    for group in wanted.get("suggested_any", []):
        if "suggested" not in (steps.get(step) for step in group):
            yield f"expected one of {group} suggested, got {[steps.get(step) for step in group]}"
    yield from _barred(steps, wanted.get("never_suggested", []), ("suggested",))
    yield from _barred(steps, wanted.get("never", []), ("suggested", "mentioned"))


def _barred(steps: dict[str, str], patterns: Iterable[str], statuses: tuple[str, ...]) -> Iterator[str]:
    for pattern in patterns:
        for step, status in steps.items():
            if fnmatch(step, pattern) and status in statuses:
                yield f"{step}: never {' nor '.join(statuses)}, got {status}"
