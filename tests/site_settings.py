"""The shipped settings for the site that many tests share: its disk is not waited for,
and browsers keep what they fetched."""

from didsms_site.settings import *  # noqa: F403
from didsms_site.settings import DATABASES
from tests.quick_disk import without_waiting_for_the_disk

without_waiting_for_the_disk(DATABASES)

WHITENOISE_MAX_AGE = 3600  # seconds; the sources of scripts and styles do not change under a test
