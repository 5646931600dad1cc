"""The provider's wire: signing, sending, pushes and errors, without Django."""
