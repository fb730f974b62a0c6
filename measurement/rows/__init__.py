"""Rows of more kinds; `measurement.observation` has them all, under one name each."""
