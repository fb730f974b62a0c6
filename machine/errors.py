"""What can go wrong around a machine: the code of each (docs/errors.md), and its exit code.

MachineError
├── MachineMissing      something is not installed or not permitted (exit 2)
├── SetupFailed         the guest's kernel or root could not be made (exit 3)
└── MachineFailed       the inside stopped, hung or was ended (exit 3)
"""

import re

CODE = re.compile(r"(CP\d{3}): ")  # at the beginning of what the inside says of an error


class MachineError(Exception):
    """Anything around a machine; ``exit_code`` is what the command line ends with."""

    code = "CP300"
    exit_code = 3


class MachineMissing(MachineError):
    """Something that a machine needs is not there; the message ends in the command that mends it."""

    code = "CP301"
    exit_code = 2


class SetupFailed(MachineError):
    """The guest's kernel or root could not be made."""

    code = "CP302"


class MachineFailed(MachineError):
    """The inside did not come to its end: it stopped early, hung or was ended.

    Where the inside itself has said what was wrong, with the code of its own error, that is ``code``.
    """

    code = "CP303"

    def __init__(self, text: str) -> None:
        found = CODE.match(text)
        super().__init__(text[found.end() :] if found else text)
        if found:
            self.code = found[1]
