"""Where a world runs: in a guest with virtual time, or on this machine's own kernel.

The rest of the project does not know the difference: both run ``python3 -m experiments.inside`` over
a run's folder. Nothing here imports another room of the house.
"""
