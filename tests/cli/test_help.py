"""Help, the table of commands, usage errors, and what help may load."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from agentforge_core.cli import reference
from agentforge_core.cli.group import LazyGroup
from agentforge_core.cli.root import cli

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def commands(
    group: LazyGroup = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str, click.Command]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        yield (*path, name), group._table[name].help, command
        if isinstance(command, LazyGroup):
            yield from commands(command, (*path, name))


def test_the_table_says_what_the_commands_say() -> None:
    found = list(commands())
    assert {path[0] for path, _, _ in found} == set(cli._table)
    for path, said, command in found:
        assert command.short_help == said, path
        assert command.name == path[-1]


def test_help_of_every_command(agentforge) -> None:
    for path, _, command in commands():
        done = agentforge(*path, "--help")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Usage: agentforge {' '.join(path)}")
        assert f"\n    agentforge {' '.join(path)}" in done.stdout, "an example"
        assert "\x1b" not in done.stdout
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help


def test_the_top_help_lists_commands_and_exit_codes(agentforge) -> None:
    done = agentforge("--help")
    assert done.exit_code == 0
    for name in cli._table:
        assert f"\n  {name} " in done.stdout
    for code in range(9):
        assert f"\n    {code}  " in done.stdout


def test_nothing_asked_is_a_usage_error_with_the_help(agentforge) -> None:
    for path in ((), ("adapters",)):
        done = agentforge(*path)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.startswith("Usage: agentforge")


def test_the_version(agentforge) -> None:
    from importlib.metadata import version

    assert agentforge("--version").stdout == f"agentforge {version('agentforge-core')}\n"


USAGE = {
    ("runn",): "error AF6020: there is no command 'runn'\n  help:  did you mean 'run'?\n",
    ("adapters", "lst"): "error AF6020: there is no command 'lst'\n  help:  did you mean 'list'?\n",
    ("qqq",): "error AF6020: there is no command 'qqq'\n  help:  agentforge --help lists all commands\n",
    ("bench",): "error AF6020: there is no command 'bench'\n",
    ("run",): "error AF6021: missing argument 'FILE'\n  help:  agentforge run --help shows how it is used\n",
    ("validate", "a", "b"): "error AF6021: got unexpected extra argument",
    ("run", "a.yaml", "--prompt"): "error AF6021: option '--prompt' requires an argument\n",
    ("run", "a.yaml", "--onn", "x"): "error AF6021: there is no option --onn\n  help:  did you mean ",
    ("--nonsense",): "error AF6021: there is no option --nonsense\n  help:  agentforge --help shows ",
    ("schema", "runs"): "error AF6021: invalid value for '[SHAPE]': 'runs' is not one of ",
    (
        "run",
        "a.yaml",
        "--input",
        "x",
    ): "error AF6022: --input x: this is not NAME=VALUE\n  help:  --input name=value\n",
    ("run", "a.yaml", "--limit", "tokens=ten"): "error AF6022: --limit tokens=ten: 'ten' is not a number\n",
}


@pytest.mark.parametrize("arguments", list(USAGE), ids=" ".join)
def test_usage_errors(agentforge, arguments: tuple[str, ...]) -> None:
    done = agentforge(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(USAGE[arguments])


def test_usage_errors_as_json(agentforge) -> None:
    done = agentforge("run", "--json", "--nonsense")
    shown = json.loads(done.stdout)
    assert (done.exit_code, shown["run_id"], shown["status"]) == (2, None, "failed")
    assert shown["error"]["code"] == "AF6021"
    shown = json.loads(agentforge("adapters", "info", "--json").stdout)
    assert (set(shown), shown["error"]["code"]) == ({"diagnostics", "error"}, "AF6021")
    assert agentforge("run", "--", "--json").stdout == ""


HEAVY = {
    "pydantic",
    "asyncio",
    "rich",
    "importlib.metadata",
    "aiohttp",
    "ruamel",
    "packaging",
    "jsonschema_rs",
}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["doctor", "--help"], ["nonsense"]])
def test_help_loads_little(environment: dict[str, str], arguments: list[str]) -> None:
    code = (
        "import sys\nsys.argv[0] = 'agentforge'\nfrom agentforge_core.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print('LOADED', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, check=True
    )
    loaded = set(done.stderr.rpartition("LOADED ")[2].split())
    assert "click" in loaded
    assert loaded & HEAVY == set()
    own = {m for m in loaded if m.startswith("agentforge_")}
    assert len(own) < 15, own


def test_both_ways_to_start_are_one(process) -> None:
    done = process("--version")
    script = Path(sys.executable).with_name("agentforge")
    other = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == other.stdout


def test_completion(process) -> None:
    script = process(env={"_AGENTFORGE_COMPLETE": "bash_source"})
    assert "_AGENTFORGE_COMPLETE=bash_complete" in script.stdout
    asked = {"_AGENTFORGE_COMPLETE": "bash_complete", "COMP_WORDS": "agentforge ad", "COMP_CWORD": "1"}
    assert process(env=asked).stdout == "plain,adapters\n"


@pytest.mark.skipif(not PAGE.parent.is_dir(), reason="not a checkout")
def test_the_page_of_the_command_line_is_current() -> None:
    assert reference.main(["--check", str(PAGE)]) == 0, (
        "run: python -m agentforge_core.cli.reference --write docs/cli.md"
    )


def test_the_check_sees_a_change(tmp_path: Path, capsys) -> None:
    page = tmp_path / "cli.md"
    assert reference.main(["--check", str(page)]) == 1
    assert "is not current" in capsys.readouterr().err
    assert reference.main(["--write", str(page)]) == 0
    assert reference.main(["--check", str(page)]) == 0
    text = page.read_text()
    assert "## agentforge adapters info" in text
    assert "| `-p`, `--prompt` `TEXT` | " in text
