"""The command line: everything that `clientpath` does, a module for each command in `commands`."""

__version__ = "0.1.0"
