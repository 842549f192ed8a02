"""The CDS services of this distribution; `CDS_SERVICES="hooks:SERVICES"` loads them."""

from .steroid_injection_followup import SERVICE

SERVICES = (SERVICE,)
