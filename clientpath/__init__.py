"""The command line: `clientpath list | run | judge | world | doctor`."""

__version__ = "0.1.0"
