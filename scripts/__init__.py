"""Programs for people who run or develop didsms; `make` calls them."""
