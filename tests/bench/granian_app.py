"""Our own application as another server loads it, to compare servers."""

from __future__ import annotations

import os

from cds_service.app import create_app
from cds_service.config import settings_from

app = create_app(settings_from(os.environ))
