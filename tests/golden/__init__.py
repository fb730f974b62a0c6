"""Saved runs, judged again without a network; `make golden` makes them anew."""
