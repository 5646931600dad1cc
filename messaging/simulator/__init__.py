"""The provider's stand-in over real HTTP, for demos, development and tests; without Django."""

from messaging.simulator.simulator import Simulator

__all__ = ["Simulator"]
