"""How pushes are stored: in the database, in the spool, and without hidden texts.

Tests that are not in a file of the module's name:
    erased_spool_files: services/privacy/test_erasure
    hidden_pushes, hidden_spool_files: services/privacy/test_redaction
    outcomes: services/receiving/test_record
    spool, stored_pushes: services/receiving/test_receive
"""
