"""Files that a form brings: kept in memory, and only where a page takes one."""

from typing import IO, Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.request import QueryDict


class ImportUploadHandler(MemoryFileUploadHandler):
    """Takes a file below UPLOADS_BELOW; anywhere else nothing of it is kept."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803  (Django's name)
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[QueryDict, Any] | None:
        """Keep the file if the page takes one and the body is no larger than allowed."""
        super().handle_raw_input(input_data, META, content_length, boundary, encoding)
        path = self.request.path_info if self.request is not None else ""
        self.activated = self.activated and path.startswith(settings.UPLOADS_BELOW)
        return None
