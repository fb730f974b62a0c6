"""The observers: one for each kind of thing that can be seen in a capture."""
