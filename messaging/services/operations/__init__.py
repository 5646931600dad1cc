"""Run the product: worker, housekeeping, health checks, metrics, pruning."""
