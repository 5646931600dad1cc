"""The REST API, version 1: one module a resource, over the same services as the pages."""
