"""The file of an export as an answer, of which a part may be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from messaging.services.exports.jobs import open_file
from messaging.services.exports.ranges import NotSatisfiable, wanted_bytes

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from messaging.models import ExportJob
    from messaging.services.exports.jobs import ExportFile

_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


def file_answer(
    request: HttpRequest, *, job: ExportJob, file: ExportFile, by: User
) -> HttpResponseBase:
    """Return a file, or what is asked for of it: 206, 416 where it has no such bytes."""
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": file.tag,
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "X-Content-Type-Options": "nosniff",
        # Compressed on the way, the bytes would not be those that are counted.
        "Cache-Control": "no-store, no-transform",
    }
    size = file.byte_count
    try:
        wanted = wanted_bytes(
            request.headers.get("Range", ""),
            byte_count=size,
            tag=file.tag,
            if_range=request.headers.get("If-Range", ""),
        )
    except NotSatisfiable:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    begin, end = wanted or (0, size)
    if wanted:
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - begin)
    kind, status = _TYPES[job.format], 206 if wanted else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=kind)
    found = open_file(job, file, begin=begin, end=end, by=by, at=timezone.now())
    return StreamingHttpResponse(found, status=status, headers=headers, content_type=kind)
