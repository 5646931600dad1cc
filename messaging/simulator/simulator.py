"""The provider's stand-in: one account, served over HTTP in a thread."""

from __future__ import annotations

from typing import Any

from messaging.simulator.provider import Provider
from messaging.simulator.server import SimulatorServer


class Simulator(Provider):
    """A provider with an address; `with Simulator(...) as simulator:` runs it in a thread.

    Args:
        host: Where to listen.
        port: Where to listen; 0 takes a free port, see `url`.
        **account: As for Provider.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, **account: Any) -> None:
        super().__init__(**account)
        self._server = SimulatorServer(self, host=host, port=port)

    def start(self) -> None:
        """Serve in a thread until `stop`."""
        super().start()
        self._server.start()

    def stop(self) -> None:
        """Stop serving; hanging requests are let go and waiting pushes dropped."""
        self.is_stopping.set()
        self._server.stop()
        super().stop()

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Its address, to be used as NXCLOUD_BASE_URL."""
        return self._server.url
