"""The Django project: settings, server, database backend."""
