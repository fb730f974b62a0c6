"""The command line: one group, and the one place that turns errors into messages, codes and exit codes.

A message begins with a code that stays the same; docs/errors.md says what each means. Exit codes:

0  held       every step and every control is shown by packets
1  refuted    the packets show something else
2  wrong use  of the command line, of a world, or of this machine; nothing was started
3  unknown    a daemon failed, a capture is not whole, or the machine did not come to its end

Beyond these, 130 is for an interruption, and 141 for output that nobody reads to its end.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import NoReturn

import click

from clientpath import __version__
from clientpath.lazy import UNREAD, Lazy
from machine.errors import MachineError
from machine.interrupt import ending, interrupt_no_more, interrupt_once
from topologies.errors import ClientpathError

INTERRUPTED = 130
ENDED = "interrupted; nothing is left running"
WRONG_USE, WRONG_VALUE, WRONG_FILE, OWN_FAULT = "CP101", "CP102", "CP106", "CP900"


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="clientpath")
def cli() -> None:
    """An emulated planet on which one can watch a client reach Office 365.

    \b
    clientpath list                            what can be run
    clientpath run nearest_datacenter          run it, and prove each step from packets
    clientpath compare --client lagos          what each way costs: direct, VPN, split tunnel, ExpressRoute
    clientpath judge runs/...                  judge a finished run again, from its files alone
    clientpath report runs/... --open          its page: map, ladder, evidence
    clientpath show runs/...                   the same in the terminal
    clientpath locate Lagos                    where a city is, for a world of one's own
    clientpath world show article              who is where in a world
    clientpath shell article                   that world, and a command line inside
    clientpath endpoints --format routes       what Office 365 is reached at, to be pasted
    clientpath doctor                          what works on this machine
    clientpath completion bash                 what makes a shell complete all that with the tab key
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")  # a terminal without UTF-8 has no map, but all the rest
    interrupt_once()
    code = guarded(arguments)
    if code == UNREAD:  # an interpreter that ends complains of what it could not print
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    interrupt_no_more()  # an interpreter that is interrupted while it ends has another exit code
    sys.exit(code)


def guarded(arguments: list[str] | None) -> int:
    """Run the command line; return the exit code, with any error of ours told in words on standard error."""
    try:
        return int(cli.main(arguments, prog_name="clientpath", standalone_mode=False) or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        return _show(error)
    except (ClientpathError, MachineError) as error:
        return _tell(f"{error.code}: {error}", error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _tell(ENDED, INTERRUPTED)
    except OSError as error:
        return _tell(f"{WRONG_FILE}: {error.filename or 'a file'}: {error.strerror or error}", 2)
    except Exception:
        if ending.is_set():  # a library turned the interruption into an error of its own
            return _tell(ENDED, INTERRUPTED)
        traceback.print_exc()
        return _tell(f"{OWN_FAULT}: this is a fault in clientpath itself, not a verdict", 3)


def _show(error: click.ClickException) -> int:
    """Tell what is wrong with a command line, below how it is used; without a command, all that there are."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n", err=True)
    missing = isinstance(error, click.MissingParameter)
    usual = WRONG_VALUE if isinstance(error, click.BadParameter) and not missing else WRONG_USE
    return _tell(f"{getattr(error, 'code', usual)}: {error.format_message()}", error.exit_code)


def _tell(text: str, code: int) -> int:
    click.echo(f"clientpath: {text}", err=True)
    return code


if __name__ == "__main__":
    main()
