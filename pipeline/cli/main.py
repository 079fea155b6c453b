"""The command line: one group that holds every verb; a refusal ends here, as a sentence and an exit code."""

import errno
from typing import Any

import click

from layers.errors import ConfigRefusal, Refusal
from pipeline.cli.commands import commands
from pipeline.cli.stage_commands import stage_commands

# As a shell counts it: 128 and the number of SIGINT.
INTERRUPTED = 130
REFUSED_BY_DISK = (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError)
FULL_OR_READ_ONLY = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class CommandGroup(click.Group):
    """The commands; a refusal is written to stderr and sets the exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs as help shows them: the stages in the order of the line, then the others by name."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command in the arguments."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            click.echo(f"refused: {refusal}", err=True)
            ctx.exit(refusal.exit_code)
        except OSError as fault:  # a folder or disk that cannot be used; other faults of the system are bugs of ours
            if not isinstance(fault, REFUSED_BY_DISK) and fault.errno not in FULL_OR_READ_ONLY:
                raise
            click.echo(
                f"refused: '{fault.filename or 'a file'}': {fault.strerror}\n"
                "  check that the folder exists, may be written, and has room",
                err=True,
            )
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
