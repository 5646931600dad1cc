"""What the app does, one function per verb; views, API and commands call these.

Tests that are not in a file of the module's name:
    database_deadline: system/test_silent_database
    errors: api/test_errors
"""
