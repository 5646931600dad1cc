"""Who may sign in, see and do what: sessions, limits, permissions, password links, security log.

What a role allows says `messaging/policy.py`; whose role is which, `models/visibility.py`.

Tests that are not in a file of the module's name:
    password_links: views/account/test_passwords
    security_log: views/account/test_security_log
    session_limits: services/access/test_last_seen
    sessions: services/access/test_auth_backend
    devices: views/account/test_devices
    team_policy: admin/test_team_settings
    key_lookup, scopes: services/access/test_api_keys
    local_sign_in: views/account/test_single_sign_on
"""
