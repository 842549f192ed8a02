"""The services that a site offers: loaded by name from the setting, listed for discovery, found by id and hook."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from .config import Settings
from .errors import ConfigError, NotConformant, NotFound, Problem
from .protocol import Discovery, ServiceDescription
from .service import Service

# The version in which each hook is published (CDS Hooks, hook definitions).
HOOK_VERSIONS: Mapping[str, str] = {
    "patient-view": "1.0",
    "encounter-start": "1.0",
    "encounter-discharge": "1.0",
    "order-select": "1.0",
    "order-sign": "1.0",
    "appointment-book": "1.0",
}


class Catalogue:
    """The services on offer; several may share an id when their hooks differ, so the pair is what names one."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.services = tuple(services)
        self._at: dict[str, dict[str, Service]] = {}
        for service in self.services:
            there = self._at.setdefault(service.id, {})
            if service.hook in there:
                raise ConfigError(f"CDS_SERVICES: two services have the id {service.id} and the hook {service.hook}")
            there[service.hook] = service
        self.discovery = msgspec.json.encode(Discovery(services=[_described(s) for s in self.services]))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids on offer, each once."""
        return tuple(self._at)

    def at(self, service_id: str) -> Mapping[str, Service]:
        """Return the services at an id, by hook; raise `NotFound` when there is none."""
        try:
            return self._at[service_id]
        except KeyError:
            raise NotFound("No service has this id. GET /cds-services lists the services.") from None


def for_hook(there: Mapping[str, Service], hook: str) -> Service:
    """Return the service for the hook of a call; another hook than those published is not conformant."""
    if hook not in there:
        raise NotConformant(problems=[Problem("hook", f"must be {' or '.join(there)} at this address")])
    return there[hook]


def load(settings: Settings) -> Catalogue:
    """Load the services that the settings name, each with the site's own pages laid over its knowledge."""
    try:
        listed: Sequence[Service] = pkgutil.resolve_name(settings.services)
    except (ImportError, AttributeError, ValueError) as problem:
        raise ConfigError(f"CDS_SERVICES: {settings.services} cannot be loaded ({problem})") from problem
    site = settings.knowledge_overlay
    # A service as it is shipped has read its knowledge; it is not read and held twice.
    return Catalogue(service if site is None else service.with_overlay(site) for service in listed)


def _described(service: Service) -> ServiceDescription:
    return ServiceDescription(
        id=service.id,
        hook=service.hook,
        title=service.title,
        description=service.description,
        version=service.version,
        hook_version=HOOK_VERSIONS.get(service.hook),
        usage_requirements=service.usage_requirements or None,
        prefetch={template.key: template.query for template in service.prefetch},
    )
