"""The provider's wire, byte by byte."""
