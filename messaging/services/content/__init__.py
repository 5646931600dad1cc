"""What a text means and what will be sent: keywords, reactions, variables, digests.

Tests that are not in a file of the module's name:
    digests: services/privacy/test_redaction
    opt_out_phrases: services/content/test_near_opt_outs
    text: services/outbox/test_signature
"""
