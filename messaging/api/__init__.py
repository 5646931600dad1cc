"""The REST API, version 1: one module per resource, over the same services as the pages."""
