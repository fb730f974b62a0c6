"""The report of a run: one page that stands by itself, made from the run's files alone."""
