"""Options that several commands have, and those that an experiment's own choices become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import annotated_types
import click

from clientpath.completing import KINDS, names_of

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from experiments.experiment import Options

PLAIN: dict[Any, click.ParamType[Any]] = {bool: click.BOOL, str: click.STRING}

JSON_HELP = "Print JSON, for a program to read."
QUIET_HELP = "Say no steps, and print one line only: the verdict, and where it is."

as_json = click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
quiet = click.option("--quiet", "-q", is_flag=True, help=QUIET_HELP)


def options_of(model: type[Options]) -> list[click.Option]:
    """Return a command-line option for each field of an experiment's options."""
    return [
        click.Option(
            [f"--{name.replace('_', '-')}"],
            type=_type_of(field),
            default=field.default,
            show_default=field.default != "",
            help=field.description,
            shell_complete=names_of(KINDS[name]) if name in KINDS else None,
        )
        for name, field in model.model_fields.items()
    ]


def _type_of(field: FieldInfo) -> click.ParamType[Any]:
    choices = get_args(field.annotation)
    if choices:
        return click.Choice(choices)
    limits: dict[str, Any] = {}
    for rule in field.metadata:
        if isinstance(rule, annotated_types.Ge):
            limits["min"] = rule.ge
        elif isinstance(rule, annotated_types.Le):
            limits["max"] = rule.le
    if field.annotation in PLAIN:
        return PLAIN[field.annotation]
    return click.IntRange(**limits) if field.annotation is int else click.FloatRange(**limits)
