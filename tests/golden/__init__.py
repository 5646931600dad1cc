"""Published bodies and signatures, read by the tests."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def golden_bytes(name: str) -> bytes:
    """Return one published body as its bytes."""
    return (FOLDER / name).read_bytes()


def golden_cases(name: str) -> list[dict[str, Any]]:
    """Return a table of ours, one object with an "id" for each case."""
    cases: list[dict[str, Any]] = json.loads(golden_bytes(name))
    return cases


def signature_vectors() -> dict[str, Any]:
    """Return the published signatures with the keys that they were made with."""
    vectors: dict[str, Any] = json.loads(golden_bytes("signature_vectors.json"))
    return vectors
