"""The provider's stand-in, over real HTTP."""
