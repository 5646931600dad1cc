"""The shipped settings for the site that many tests share: its disk is not waited for,
and browsers keep what they fetched."""

from didsms_site.settings import *  # noqa: F403
from didsms_site.settings import DATABASES
from tests.quick_disk import without_waiting_for_the_disk

without_waiting_for_the_disk(DATABASES)

WHITENOISE_MAX_AGE = 3600  # seconds; the sources of scripts and styles do not change under a test


def keep_no_house() -> None:
    """Write nothing by itself: the process lives on while other tests have the database."""


WEB_PROCESS_STARTED = "tests.site_settings.keep_no_house"
