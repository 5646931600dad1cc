"""For programs: the provider's webhook, health checks, the live feed."""
