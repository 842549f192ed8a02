"""The command line: `cds-service serve`, `try`, `check`, `migrate`, `review`. Each command loads only what it needs.

Exit status: 0 all is well, 1 a finding (or a chart that is refused), 2 a command that is not understood.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from .errors import CdsError, ConfigError, RequestRefused, UsageError
from .population_commands import add_population_command
from .store_commands import add_store_commands

_ABOUT = """\
A CDS Hooks service that finds steroid injections that did not work and says what to do next.

  cds-service serve                    answer CDS Hooks calls; settings are CDS_* environment variables
  cds-service try chart.json           show the cards for one chart, as a clinician would read them
  cds-service check                    look over settings, knowledge, value sets and store before a start
  cds-service migrate                  bring the store's tables up to date
  cds-service insights                 show what became of the cards
  cds-service purge, forget            delete what is old, or all of a patient, a user or a tenant
  cds-service backup, restore          copy the store to a file, and put it back
  cds-service population EXPORT        run over a bulk export before go-live: how often would it fire, and for whom
  cds-service review                   write the clinicians' review document out of the knowledge pages

`cds-service COMMAND --help` says more about one command.
"""
_SERVE = "Answer CDS Hooks calls until told to stop. Settings, each an environment variable:\n\n"
_TRY = """\
Show the cards for one chart. PATH is a FHIR R4 Bundle (collection, searchset, transaction or batch), a bare list
of resources, either also as .gz, or a folder with chart.json (and case.toml, which may hold as_of).
Nothing is sent anywhere and nothing is kept.

  cds-service try fhir_fixtures/NAME
  cds-service try chart.json --as-of 2026-03-02 --explain
  cds-service try chart.json --json | less
"""
_CHECK = """\
Look over settings, packages, knowledge, value sets and store. Exit status 1 when something is found.

With --unmapped: list the codes in some charts, near an injection (same visit, 30 days, or same body site), that no
value set knows, with the number of resources that hold each. Of the patients nothing is shown.

  cds-service check --unmapped charts/*.json
"""
_MIGRATE = """\
Bring the store's tables up to what this release needs. SQLite does so by itself; PostgreSQL waits for this command,
so that one deploy step does it, with rights that the service does not have.
"""
_REVIEW = """\
Write the clinicians' review document (REVIEW.md) out of the knowledge pages: beside them, or into the folder of
CDS_KNOWLEDGE_OVERLAY where a site has laid its own pages over ours.

  cds-service review --output review.md
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    asked = _parser().parse_args(arguments)
    try:
        status: int = asked.run(asked)
    except RequestRefused as refused:
        print(f"refused ({refused.status}): {refused}", file=sys.stderr)
        for problem in refused.problems:
            print(f"  {problem.path} {problem.says}", file=sys.stderr)
        return 1
    except CdsError as problem:
        print(f"cds-service: {problem}", file=sys.stderr)
        return 2 if isinstance(problem, UsageError) else 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cds-service", description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, does: str, says: str, run: object) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=does, description=says, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        added.set_defaults(run=run)
        return added

    command("serve", "answer CDS Hooks calls", _SERVE + _settings_table(), _serve)
    trying = command("try", "show the cards for one chart", _TRY, _try)
    trying.add_argument("path", metavar="PATH", type=Path, help="a Bundle file or a fixture folder")
    trying.add_argument("--as-of", metavar="DATE", type=_day, help="judge as of this day (YYYY-MM-DD); default today")
    trying.add_argument("--patient", metavar="ID", help="whose chart it is, when the Bundle holds several patients")
    trying.add_argument("--json", action="store_true", help="print the answer as JSON, as the service sends it")
    trying.add_argument("--explain", action="store_true", help="print the reasoning as well")
    checking = command("check", "look over everything before a start", _CHECK, _check)
    checking.add_argument(
        "--unmapped", metavar="BUNDLE", type=Path, nargs="+", help="list codes of these charts that no value set knows"
    )
    command("migrate", "bring the store's tables up to date", _MIGRATE, _migrate)
    add_population_command(command, day=_day)
    add_store_commands(command, day=_day)
    reviewing = command("review", "write the review document", _REVIEW, _review)
    reviewing.add_argument("--output", metavar="FILE", type=Path, help="write it there; - prints it")
    return parser


def _serve(asked: argparse.Namespace) -> int:
    del asked
    from .config import settings_from
    from .server import serve, share_figures

    settings = settings_from(os.environ)
    share_figures(settings)  # before the figures are imported: they look for it then
    from . import catalogue, checks
    from .app import create_app

    checks.own_package(settings)
    checks.readable_registry(settings)  # here a mistake is one line; in the server's processes it would be their death
    offered = catalogue.load(settings)
    signed = "signed calls only" if settings.clients else "unsigned calls from this machine"
    print(f"cds-service: {settings.env}, {signed}: {settings.base_url}/cds-services", file=sys.stderr)
    serve(settings, lambda: create_app(settings, offered=offered))
    return 0


def _try(asked: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from . import catalogue, charts_on_disk, playground
    from .config import settings_from

    settings = settings_from(os.environ)
    found = charts_on_disk.chart_at(asked.path)
    as_of = asked.as_of or found.as_of or datetime.now(UTC).date()
    service = playground.chosen_service(catalogue.load(settings), None)
    chart = playground.chart_of(found.text, as_of=as_of, patient_id=asked.patient)
    assessment = playground.assess(service, chart, links_base=settings.base_url)
    if asked.json:
        from msgspec.json import format as indented

        from .answers import answer

        print(indented(answer(assessment, explain=asked.explain).get_data(), indent=2).decode())
        return 0
    from .terminal import Page

    page = Page(colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    print(page.draw([issued.card for issued in assessment.cards]))
    if asked.explain:
        print(f"\nThe reasoning, as of {as_of}:\n")
        print(page.outline(assessment.explanation))
    return 0


def _check(asked: argparse.Namespace) -> int:
    if asked.unmapped:
        return _unmapped(asked.unmapped)
    from .checks import check

    wrong = 0
    for room, findings in check(os.environ):
        print(f"{'✗' if findings else '✓'} {room}")
        for finding in findings:
            print(f"    {finding.says}" + (f" ({finding.mend})" if finding.mend else ""))
        wrong += len(findings)
    return 1 if wrong else 0


def _unmapped(paths: Sequence[Path]) -> int:
    from . import catalogue, unmapped
    from .config import settings_from

    services = catalogue.load(settings_from(os.environ)).services
    found = unmapped.ranked(services, unmapped.charts(paths))
    print("\n".join(unmapped.lines(found)))
    return 1 if found else 0


def _migrate(asked: argparse.Namespace) -> int:
    del asked
    from .config import settings_from
    from .store import schema

    print(f"the store is at version {schema.migrate(settings_from(os.environ).database_url)}")
    return 0


def _review(asked: argparse.Namespace) -> int:
    from . import catalogue
    from .config import settings_from

    reviews = [service.review() for service in catalogue.load(settings_from(os.environ)).services]
    written = [review for review in reviews if review is not None]
    if not written:
        raise ConfigError("review: the services on offer have no review document")
    if asked.output is not None and len(written) > 1:
        raise UsageError("review: several services have a document; leave --output away")
    for review in written:
        if asked.output == Path("-"):
            print(review.text, end="")
            continue
        path = asked.output or review.path
        try:
            path.write_text(review.text, encoding="utf-8")
        except OSError as problem:
            raise UsageError(f"{path}: {problem.strerror}; name another file with --output") from None
        print(path)
    return 0


def _day(text: str) -> date:
    from .playground import day

    try:
        asked = day(text)
    except RequestRefused:
        asked = None
    if asked is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-03-02")
    return asked


def _settings_table() -> str:
    from .config import docs

    rows = [f"  {name:<24} {meaning}" + (f" [{default}]" if default else "") for name, default, meaning in docs()]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
