"""The shipped settings for the site that many tests share: only its disk is not waited for."""

from didsms_site.settings import *  # noqa: F403
from didsms_site.settings import DATABASES
from tests.quick_disk import without_waiting_for_the_disk

without_waiting_for_the_disk(DATABASES)
