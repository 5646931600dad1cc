"""The provider's client and credentials, built from the settings."""

from __future__ import annotations

from django.conf import settings

from messaging.nxcloud.client import NXCloudClient
from messaging.nxcloud.signing import Credentials


def credentials() -> Credentials:
    """Return the account's keys as the environment has them."""
    return Credentials(
        access_key=settings.NXCLOUD_ACCESS_KEY,
        access_secret=settings.NXCLOUD_ACCESS_SECRET,
        previous_access_secret=settings.NXCLOUD_PREVIOUS_ACCESS_SECRET,
    )


def build_client() -> NXCloudClient:
    """Return a client for the configured address; safe to share among threads."""
    return NXCloudClient(
        base_url=settings.NXCLOUD_BASE_URL,
        credentials=credentials(),
        connect_timeout_seconds=settings.NXCLOUD_CONNECT_TIMEOUT,
        total_timeout_seconds=settings.NXCLOUD_TOTAL_TIMEOUT,
    )
