"""What the app does, one verb a function; views, API and commands call these.

Tests that are not in a file of the module's name:
    database_deadline: system/test_silent_database
    errors: api/test_errors
"""
