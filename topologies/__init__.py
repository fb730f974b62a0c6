"""Describe and build: the world as frozen values, and the network that is made from it.

This package imports none of the project's other packages; all of them may import it.
"""
