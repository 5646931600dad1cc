"""Tests of messaging/db."""
