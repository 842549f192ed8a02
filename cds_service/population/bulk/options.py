"""The options that name the server to fetch from; loaded with the command line, so nothing heavy is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .server import Server


def add_server_options(asking: argparse.ArgumentParser) -> None:
    """Add the options that say where an export is fetched from."""
    group = asking.add_argument_group("fetching the export (FHIR Bulk Data, SMART Backend Services)")
    group.add_argument("--from-server", metavar="URL", type=_url, help="FHIR base; the export goes to --out/export")
    group.add_argument("--group", metavar="ID", default="", help="export the patients of this Group; default all")
    group.add_argument("--client-id", metavar="ID", default="", help="as which the server knows us; default no sign-in")
    group.add_argument("--key-file", metavar="FILE", type=Path, help="our private key: PEM, JWK or JWK Set")
    group.add_argument("--key-id", metavar="KID", help="the key's name at the server")
    group.add_argument("--scope", metavar="SCOPE", default="", help="default system/*.rs or system/*.read")
    group.add_argument("--also-from", metavar="URL", action="append", type=_url, default=[],
                       help="another place where the server keeps files; gets the token too")  # fmt: skip
    group.add_argument("--network", metavar="RANGE", action="append", default=[], help="10.20.0.0/16, where it is ours")
    group.add_argument("--ca-file", metavar="FILE", type=Path, help="the authority of the server's certificate")


def _url(text: str) -> str:
    from ...fhir_client.origins import NotAUrl, parse_base

    try:
        return str(parse_base(text.rstrip("/")))
    except NotAUrl as problem:
        raise argparse.ArgumentTypeError(f"{problem}; write https://host[:port][/path]") from None


def server_of(asked: argparse.Namespace) -> Server:
    """Return the server that the options name."""
    from .server import Server

    return Server(
        asked.from_server, asked.group, asked.client_id, asked.key_file, asked.key_id, asked.scope,
        tuple(asked.also_from), tuple(asked.network), asked.ca_file,
    )  # fmt: skip
