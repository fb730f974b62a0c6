"""What can go wrong around a machine, and the exit code that each has.

MachineError
├── MachineMissing      something is not installed or not permitted (exit 2)
├── SetupFailed         the guest's kernel or root could not be made (exit 3)
└── MachineFailed       the inside stopped, hung or was ended (exit 3)
"""


class MachineError(Exception):
    """Anything around a machine; ``exit_code`` is what the command line ends with."""

    exit_code = 3


class MachineMissing(MachineError):
    """Something that a machine needs is not there; the message ends in the command that mends it."""

    exit_code = 2


class SetupFailed(MachineError):
    """The guest's kernel or root could not be made."""


class MachineFailed(MachineError):
    """The inside did not come to its end: it stopped early, hung or was ended."""
