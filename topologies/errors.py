"""The errors that a user can cause, as one small tree; docs/errors.md has each by its code.

ClientpathError            anything this project raises on purpose; nobody raises it itself
├── WorldError             a world that cannot exist; the text names file, key and what would be right
│   ├── UnknownWorld       neither a built-in world nor a file
│   ├── UnreadableWorld    a file that is no TOML text
│   ├── UnknownName        nobody in the world has that name
│   ├── UnfitWorld         a sound world in which an experiment cannot be run
│   └── DemandsError       a file of demands that is wrong
├── EndpointsError         a list of endpoints that is not one
├── ControlError           the controller cannot compute what it is to tell the switches
├── BuildError             the network could not be made
├── CommandError           a command failed, or did not end in time
├── ServiceError           a daemon refused its configuration, ended, or did not answer
└── MeasurementError       a capture or a journey could not be made or read
"""

from typing import ClassVar


class ClientpathError(Exception):
    """Anything that the project raises on purpose; its text is meant for the user.

    ``code`` stays the same in all versions. ``exit_code`` is what the command line ends with: 2 where the
    user can change something, 3 where nobody can say how a run would have ended.
    """

    code: ClassVar[str] = "CP000"
    exit_code: ClassVar[int] = 2


class WorldError(ClientpathError, ValueError):
    """A description of a world that is wrong.

    It is a ValueError too, because that is what pydantic collects from validators and joins with the place
    where it happened.
    """

    code = "CP201"


class UnknownWorld(WorldError):
    """There is neither a built-in world of that name nor such a file; the text has the nearest names."""

    code = "CP202"


class UnreadableWorld(WorldError):
    """A file that cannot be read, or is no TOML text; the text has the line and the column."""

    code = "CP203"


class UnknownName(WorldError):
    """Nobody and nothing in the world has that name; the text has the nearest ones."""

    code = "CP204"


class UnfitWorld(WorldError):
    """A world that is sound, and in which an experiment cannot be run as it was asked for."""

    code = "CP205"


class DemandsError(WorldError):
    """A file of demands that is wrong; the text names file, key and what would be right."""

    code = "CP211"


class EndpointsError(ClientpathError, ValueError):
    """A list of endpoints that is not as Microsoft's web service gives it."""

    code = "CP210"


class ControlError(ClientpathError):
    """The controller cannot compute rates, ways or tables for a network."""

    code = "CP220"


class BuildError(ClientpathError):
    """The network could not be made."""

    code = "CP401"
    exit_code = 3


class CommandError(ClientpathError):
    """A command failed, or did not end in time; the text has the command, and its own words."""

    code = "CP402"
    exit_code = 3


class ServiceError(ClientpathError):
    """A daemon refused its configuration, ended, or did not answer; the text has its last log lines."""

    code = "CP403"
    exit_code = 3


class MeasurementError(ClientpathError):
    """A capture or a journey could not be made or read."""

    code = "CP404"
    exit_code = 3
