"""What every row has; `measurement.observation` says what the fields mean."""

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """What every row has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: str
    node: str
    file: str
    frame: int
    time_ns: int
