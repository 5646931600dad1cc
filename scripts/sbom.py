"""`make sbom`: write the bill of materials (SBOM, CycloneDX) of what the product runs on.

It is made from the lock alone (`requirements.txt`) and docs/licenses.md, so the same commit gives
the same bytes anywhere.
"""

import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from didsms_site import __version__
from scripts.release import DIST, ROOT, commit_time

PINNED = re.compile(r"^([a-z0-9-]{1,80})(?:\[[^\]]{1,80}\])?==([^ \\]{1,40})")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
LICENSE_ROW = re.compile(r"^\| ([^|]{2,80}) \| ([^|]{2,2000}) \|$", re.MULTILINE)
PACKAGE = re.compile(r"[a-z][a-z0-9-]+")
IN_BRACKETS = re.compile(r"\([^)]{1,80}\)")


@dataclass
class Locked:
    """One package of the lock.

    Attributes:
        name: as PyPI writes it.
        version: the exact one.
        hashes: SHA-256 of each file that may be installed, in hexadecimal.
        wanted_by: the packages that need it; "" stands for `requirements.in`.
    """

    name: str
    version: str
    hashes: list[str]
    wanted_by: list[str]


def main() -> int:
    """Write the bill of materials to `dist/`."""
    path = write(DIST, at=commit_time())
    print(f"The bill of materials is in {path.relative_to(ROOT)}.")
    return 0


def write(folder: Path, *, at: datetime) -> Path:
    """Write the bill of materials into a folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"didsms-{__version__}.cdx.json"
    path.write_text(bill_of_materials(at=at), "utf-8")
    return path


def bill_of_materials(*, at: datetime) -> str:
    """Return the bill of materials as JSON.

    Args:
        at: when the commit was made, aware UTC.
    """
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    licenses = licenses_of((ROOT / "docs/licenses.md").read_text("utf-8"))
    product = Component(
        name="didsms",
        version=__version__,
        type=ComponentType.APPLICATION,
        bom_ref="didsms",
        licenses=[DisjunctiveLicense(id="MIT")],
    )
    packages = packages_in(lock)
    components = {one.name: component_of(one, license=licenses[one.name]) for one in packages}
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"didsms {__version__}\n{lock}"),
        components=components.values(),
    )
    bom.metadata.timestamp = at.astimezone(UTC)
    bom.metadata.component = product
    needs: dict[str, list[Component]] = {name: [] for name in ("", *components)}
    for one in packages:
        for name in one.wanted_by:
            needs[name].append(components[one.name])
    bom.register_dependency(product, needs[""])
    for name, component in components.items():
        bom.register_dependency(component, needs[name])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def packages_in(lock: str) -> list[Locked]:
    """Return the packages of a lock file as uv writes it."""
    found: list[Locked] = []
    for line in lock.splitlines():
        if start := PINNED.match(line):
            found.append(Locked(start[1], start[2], [], []))
        elif hashed := HASH.search(line):
            found[-1].hashes.append(hashed[1])
        elif found and line.startswith("    # "):
            name = line.strip(" #").removeprefix("via").strip().partition("[")[0]
            if name:
                found[-1].wanted_by.append("" if name.startswith("-r ") else name)
    return found


def component_of(package: Locked, *, license: str) -> Component:  # noqa: A002 - CycloneDX's name
    """Return a package as CycloneDX names it."""
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{package.name}@{package.version}",
        purl=PackageURL("pypi", name=package.name, version=package.version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in package.hashes],
        licenses=[DisjunctiveLicense(name=license)],
    )


def licenses_of(document: str) -> dict[str, str]:
    """Return the license of each package that docs/licenses.md lists."""
    return {
        name: license_name
        for license_name, names in LICENSE_ROW.findall(document)
        for name in PACKAGE.findall(IN_BRACKETS.sub("", names))
    }


if __name__ == "__main__":
    sys.exit(main())
