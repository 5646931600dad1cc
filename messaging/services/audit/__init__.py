"""The audit log: what is recorded, how rows are chained, and the proof that none was touched.

Tests that are not in a file of the module's name:
    erasure: services/privacy/test_erasure
    searches: services/audit/test_record
"""
