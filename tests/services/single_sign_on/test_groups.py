"""What groups allow together."""

import pytest

from messaging.services.single_sign_on.groups import Grant, grant_of

GROUPS = [
    ("Desk", "agent", ("34911",)),
    ("Desk", "viewer", ("34922",)),
    ("Leads", "supervisor", ("34911",)),
    ("All, of us", "viewer", ()),
    ("CN=sms,OU=it", "administrator", ()),
]


@pytest.mark.parametrize(
    ("said", "grant"),
    [
        (["Desk"], Grant(numbers={"34911": "agent", "34922": "viewer"})),
        (["Desk", "Leads"], Grant(numbers={"34911": "supervisor", "34922": "viewer"})),
        ("Desk", Grant(numbers={"34911": "agent", "34922": "viewer"})),
        (["All, of us"], Grant(everywhere="viewer")),
        (["CN=sms,OU=it"], Grant(is_administrator=True)),
        (["desk"], None),
        ([], None),
        (None, None),
        ([None, 7, {"a": 1}, "\0", "x" * 100_000], None),
    ],
    ids=[
        "two roles",
        "the higher",
        "a word",
        "all",
        "admin",
        "case",
        "none",
        "null",
        "odd",
    ],
)
def test_groups_are_added_up(settings, said, grant):
    settings.OIDC_GROUPS = GROUPS

    assert grant_of({"groups": said}) == grant


def test_the_claim_has_any_name(settings):
    settings.OIDC_GROUPS, settings.OIDC_GROUP_CLAIM = GROUPS, "https://example.com/roles"

    assert grant_of({"https://example.com/roles": ["All, of us"]}) == Grant(everywhere="viewer")
    assert grant_of({"groups": ["All, of us"]}) is None
