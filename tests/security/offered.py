"""The real service, and beside it the small one that fails when a patient's id says so."""

from __future__ import annotations

from hooks import SERVICES as SHIPPED
from tests.toy import Toy

SERVICES = (*SHIPPED, Toy())
