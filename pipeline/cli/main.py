"""The command line: one group that holds every verb; a refusal ends here, as a sentence and an exit code."""

import errno
import sys
from pathlib import Path
from typing import Any

import click

from layers.errors import REFUSED, ConfigRefusal, Refusal
from pipeline.cli.commands import commands
from pipeline.cli.heartbeat import heartbeat_of
from pipeline.cli.language import translator
from pipeline.cli.stage_commands import stage_commands
from pipeline.cli.systems import show_all_signs
from pipeline.storage.whole_files import is_held

# As a shell counts it: 128 and the number of SIGINT.
INTERRUPTED = 130
# What a folder, disk or session may refuse, and what is to be done; other faults of the system are bugs of ours.
MORE_ROOM = "make room there, or name another folder with --outputs"
LARGER_FILES = "allow larger files (the limit of this session: ulimit -f), or name another disk with --outputs"
CLOSED = (
    "close the program that has it open (Excel, a viewer), or get write access to the folder; what stood there is whole"
)
ACCESS = "get write access to the folder, or name another with --outputs"
OTHER_PLACE = "check what stands there, or name another folder with --outputs"
WHAT_HELPS = {
    errno.ENOSPC: MORE_ROOM,
    errno.EDQUOT: MORE_ROOM,
    errno.EFBIG: LARGER_FILES,
    errno.EACCES: ACCESS,
    errno.EPERM: ACCESS,
    errno.EROFS: ACCESS,
    errno.ENOTDIR: OTHER_PLACE,
    errno.EISDIR: OTHER_PLACE,
    errno.EEXIST: OTHER_PLACE,
}
NO_MEMORY = (
    "refused: no memory is left for this run; finished results stay, and no file is half written\n"
    "  raise the limit of this session or container, close other programs, or run with --jobs 1 or per cluster with -c"
)


class CommandGroup(click.Group):
    """The commands; a refusal is written to stderr and sets the exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs as help shows them: the stages in the order of the line, then the others by name."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command in the arguments."""
        show_all_signs((sys.stdout, sys.stderr))
        try:
            with heartbeat_of(ctx):
                return super().invoke(ctx)
        except Refusal as refusal:
            translate = translator()
            click.echo(translate(REFUSED) + refusal.text(translate), err=True)
            ctx.exit(refusal.exit_code)
        except OSError as fault:
            if fault.errno not in WHAT_HELPS:
                raise
            path = Path(str(fault.filename or ""))
            place = (
                f"folder '{path.parent}', '{path.name}'" if path.name else "the folder of results or temporary files"
            )
            helps = CLOSED if is_held(fault) else WHAT_HELPS[fault.errno]
            click.echo(f"refused: {place}: {fault.strerror}\n  {helps}", err=True)
            ctx.exit(ConfigRefusal.exit_code)
        except MemoryError:
            click.echo(NO_MEMORY, err=True)
            ctx.exit(ConfigRefusal.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted; finished results stay, and no file is half written", err=True)
            ctx.exit(INTERRUPTED)


@click.group(
    cls=CommandGroup,
    commands={**stage_commands(), **commands()},
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: industrieruimte run",
)
@click.version_option(package_name="industrieruimte", prog_name="industrieruimte")
def main() -> None:
    """Find out which industrial land is really free and usable, why the rest is not, and what would change that."""


if __name__ == "__main__":
    main()
