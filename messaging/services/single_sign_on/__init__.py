"""Single sign-on by OpenID Connect: sign in with the company's provider instead of a password.

`flow.begin` leads a browser to the provider, `flow.complete` reads what it brings back,
`accounts.account_for` finds or makes the person, `recheck.recheck_identities` asks the provider
again, `state.state_of` says what administrators see. Everything is off without OIDC_ISSUER.

Tests that are not in a file of the module's name:
    accounts, errors, flow, rights, second_step: views/account/test_single_sign_on
"""
