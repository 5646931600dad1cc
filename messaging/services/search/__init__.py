"""Full-text search over the whole history.

Tests that are not in a file of the module's name:
    admin_lookup: admin/test_admin_search
    contacts, indexing, snippets: services/search/test_search
"""
