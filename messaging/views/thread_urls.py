"""The addresses of the thread, the composer and everything that is done to a conversation."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
