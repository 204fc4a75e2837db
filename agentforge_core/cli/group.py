"""Commands that are loaded when they are used, and help in plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click


class Lazy(NamedTuple):
    """A command that is not loaded yet.

    Attributes:
        reference: `module:attribute` of the click command.
        help: its first line of help, which the list of commands shows without loading it.
        section: the heading it stands under.
    """

    reference: str
    help: str
    section: str


class LazyGroup(click.Group):
    """A group whose commands are named in a table.

    Args:
        table: the commands by name, in the order of the help.
        **settings: those of `click.Group`.
    """

    def __init__(self, *, table: Mapping[str, Lazy], **settings: Any) -> None:
        super().__init__(no_args_is_help=False, **settings)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, its module imported now."""
        lazy = self._table.get(cmd_name)
        if lazy is None:
            return None
        module, _, attribute = lazy.reference.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Shows the help where no command is named, which is a usage error."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True, color=False)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named by the first argument.

        Raises:
            UsageError: there is none of that name; says which is near.
        """
        name = args[0]
        if name not in self._table and not name.startswith("-") and not ctx.resilient_parsing:
            from agentforge_core.errors import UsageError

            raise UsageError.of(
                "AF6020",
                f"there is no command {name!r}",
                hint=_near(name, list(self._table)) or f"{ctx.command_path} --help lists all commands",
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands under their headings, from the table alone."""
        width = max(map(len, self._table)) + 2
        for section in dict.fromkeys(lazy.section for lazy in self._table.values()):
            rows = [(n.ljust(width), lazy.help) for n, lazy in self._table.items() if lazy.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)


def _near(name: str, known: Sequence[str]) -> str | None:
    import difflib

    found = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {found[0]!r}?" if found else None
