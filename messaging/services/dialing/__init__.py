"""What a typed phone number means: its country, what is wrong with it, what will be dialed.

Tests that are not in a file of the module's name:
    regions: services/contacts/test_local_time
"""
