"""Contacts, their opt-outs and their local time.

Tests that are not in a file of the module's name:
    contacts: views/thread/test_contact_actions
    erased_numbers: services/privacy/test_erasure
    known_contacts: api/test_contacts
    listed_opt_outs: services/imports/test_opt_out_rows
    merged_people, shared_values: services/contacts/test_merge
    new_contact: api/test_contacts
"""
