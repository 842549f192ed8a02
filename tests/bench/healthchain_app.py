"""A HealthChain handler that only reads the call; it runs in an environment of its own (`make peers`)."""

from __future__ import annotations

from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models import CDSRequest, CDSResponse

cds = CDSHooksService()


@cds.hook("patient-view", id="parse-only", title="Reads", description="Reads the call and shows nothing")  # type: ignore[untyped-decorator]
def parse_only(request: CDSRequest) -> CDSResponse:
    """Show nothing: the framework has read the call."""
    del request
    return CDSResponse(cards=[])


app = HealthChainAPI()
app.register_service(cds, "/cds")
