"""Who may sign in and see what: sessions, attempt limits, password links, the security log.

Who may see a conversation is a rule of its row: `models/visibility.py`.

Tests that are not in a file of the module's name:
    password_links: views/account/test_passwords
    security_log: views/account/test_security_log
    sessions: services/access/test_auth_backend
    team_policy: admin/test_team_settings
    tokens: api/test_authentication
"""
