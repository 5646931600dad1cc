"""The project: settings, addresses, server."""

#: The one place of the version: pyproject.toml, backups, System health and the image read it.
__version__ = "0.1.0"
