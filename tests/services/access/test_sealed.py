"""What is sealed opens with our key alone, also after the key was changed."""

import pytest

from messaging.services.access.sealed import digests_of, seal, unseal

OLD, NEW, OTHER = "o" * 50, "n" * 50, "x" * 50


def test_what_is_sealed_opens_again_and_does_not_show_what_it_holds(settings):
    sealed = seal("JBSWY3DPEHPK3PXP")

    assert "JBSW" not in sealed
    assert unseal(sealed) == ("JBSWY3DPEHPK3PXP", True)


def test_after_a_change_of_the_key_it_opens_while_the_old_one_is_known(settings):
    settings.SECRET_KEY = OLD
    sealed, digest = seal("secret"), digests_of("code", owner=1)[0]

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OTHER, OLD]
    assert unseal(sealed) == ("secret", False)
    assert digest in digests_of("code", owner=1)

    settings.SECRET_KEY_FALLBACKS = [OTHER]
    assert unseal(sealed) is None
    assert digest not in digests_of("code", owner=1)


@pytest.mark.parametrize(
    "text",
    ["", "x", "\0", "\udcff", "é", "A" * 100_000],
    ids=["empty", "letter", "nul", "surrogate", "accent", "long"],
)
def test_what_is_not_sealed_opens_to_nothing(text):
    assert unseal(text) is None


def test_one_code_of_two_people_has_two_digests():
    assert digests_of("code", owner=1) != digests_of("code", owner=2)
