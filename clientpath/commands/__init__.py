"""One file a command: its options, its help, and the calls that do the work."""
