"""`make bench`: run every measurement, one after the other."""

from bench.against_bare import main

main()
