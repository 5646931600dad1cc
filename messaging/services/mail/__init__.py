"""Email: sent in the background, and each one only once.

Tests that are not in a file of the module's name:
    admin_mail: services/mail/test_once
    background: views/account/test_passwords
"""
