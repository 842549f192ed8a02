"""Starts a FHIR R4 server that we did not write (PyPI `sekmet-fhir`), on loopback, in a process of its own.

`python real_server.py FOLDER PORT` serves until its standard input is closed.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path


def main(folder: str, port: int) -> None:
    import uvicorn
    from sekmet.config import ServerAuth, Settings, SimulatorSettings, ValidationSettings
    from sekmet.main import create_app

    settings = Settings(
        base_url=f"http://127.0.0.1:{port}/fhir",
        host="127.0.0.1",
        port=port,
        data_dir=folder,
        own_private_key_path=str(Path(folder) / "key.pem"),
        server_auth=ServerAuth(types=["bearer"], tokens=["the-token-of-the-ehr"]),
        simulator=SimulatorSettings(enabled=False),
        validation=ValidationSettings(inbound="off"),
        log_inbound=False,
    )
    server = uvicorn.Server(uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="warning"))

    def end_with_the_tests() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=end_with_the_tests, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
