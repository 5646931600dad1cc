"""The description of the API is true: requests are made from it, and their answers held to it.

`make soak` makes thousands of them; what is here runs in `make test` with the same few each time.
"""

import pytest

from tests.api.contract.cases import check, corner_cases, operations, run
from tests.api.contract.world import CALLERS, World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings) -> World:
    settings.API_REQUESTS_PER_MINUTE = 0
    return make_world()


def test_a_few_requests_of_each_kind_are_answered_as_described(world):
    # In one test, because reading the description takes longer than the requests.
    for operation in operations().values():
        run(operation, world=world, callers=CALLERS, examples=1)


@pytest.mark.soak
@pytest.mark.parametrize("caller", CALLERS)
def test_both_sides_of_every_bound_are_as_described(world, caller):
    for operation in operations().values():
        for case in corner_cases(operation, world):
            check(case, world=world, caller=caller)


@pytest.mark.soak
@pytest.mark.parametrize("caller", CALLERS)
def test_many_requests_are_answered_as_described(world, caller):
    for operation in operations().values():
        run(operation, world=world, callers=[caller], examples=100)
