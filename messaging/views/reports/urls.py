"""The addresses of reports."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.first_report, name="reports"),
    path("<slug:report>/", views.report_page, name="report"),
    path("<slug:report>/<slug:chart>/", views.report_chart, name="report-chart"),
    path("<slug:report>/<slug:chart>.csv", views.report_csv, name="report-csv"),
]
