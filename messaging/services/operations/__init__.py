"""Run the product: worker, housekeeping, health checks, alarms, metrics, pruning, backups.

Tests that are not in a file of the module's name:
    config_checks: test_checks
    health_metrics: deploy/test_prometheus
    database_checks, health, health_checks, metrics: views/machines/test_health
    alarm_words: services/operations/test_alarm_watch
    last_push: admin/test_numbers
    time_window: views/machines/test_health
    upgrades: commands/test_upgrade_check
    probe, outside_checks: commands/test_doctor
    prune: commands/test_prune
    service_manager: commands/test_run_outbox
    quarantine_alert: services/mail/test_once
"""
