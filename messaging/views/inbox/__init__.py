"""The inbox's pages: lists, bulk actions, pickers."""
