"""SQLite whose commits do not wait for the disk: no test cuts the power of the machine."""

from typing import Any


def without_waiting_for_the_disk(databases: dict[str, Any]) -> None:
    """Change Django's DATABASES in place; other databases stay as they are."""
    default = databases["default"]
    if default["ENGINE"] == "didsms_site.db.sqlite":
        options = default["OPTIONS"]
        command = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        default["OPTIONS"] = {**options, "init_command": command}
