"""The addresses of imports."""

from django.urls import path

from . import job, lists

urlpatterns = [
    path("", lists.imports, name="imports"),
    path("new/", lists.new, name="new-import"),
    path("<int:job_id>/", job.page, name="import"),
    path("<int:job_id>/columns/", job.columns, name="import-columns"),
    path("<int:job_id>/confirm/", job.confirm_import, name="import-confirm"),
    path("<int:job_id>/undo/", job.undo_import, name="import-undo"),
    path("<int:job_id>/discard/", job.discard_import, name="import-discard"),
    path("<int:job_id>/rejected.csv", job.rejected, name="import-rejected"),
]
