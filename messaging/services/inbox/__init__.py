"""The lists of conversations: views, filters, order, pages and counts; one action on many."""
