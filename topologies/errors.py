"""The errors that a user can cause, as one small tree.

ClientpathError            anything this project raises on purpose
├── WorldError             a world that cannot exist; the text names file, key and what would be right
├── BuildError             the network could not be made
├── CommandError           a command failed, or did not end in time
├── ServiceError           a daemon refused its configuration, ended, or did not answer
└── MeasurementError       a capture or a journey could not be made or read
"""


class ClientpathError(Exception):
    """Anything that the project raises on purpose; its text is meant for the user."""


class WorldError(ClientpathError, ValueError):
    """A description of a world that is wrong.

    It is a ValueError too, because that is what pydantic collects from validators and joins with the place
    where it happened.
    """


class BuildError(ClientpathError):
    """The network could not be made."""


class CommandError(ClientpathError):
    """A command failed, or did not end in time; the text has the command, and its own words."""


class ServiceError(ClientpathError):
    """A daemon refused its configuration, ended, or did not answer; the text has its last log lines."""


class MeasurementError(ClientpathError):
    """A capture or a journey could not be made or read."""
