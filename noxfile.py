"""WHAT a person does: the verbs. Where things must hold is tox.ini; `nox -s matrix` hands over to it."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests"]

ADAPTERS = ("langchain",)
"""Adapters with a distribution of their own; a test compares this with the folders."""


def _install(session: nox.Session, *groups: str) -> None:
    adapters = [arg for name in ADAPTERS for arg in ("-e", f"adapters/{name}")]
    session.install("-e", ".[test]", *adapters, *groups)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, the floors of the house, and the generated files."""
    _install(session, "ruff>=0.8", "import-linter>=2.1")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")
    session.run("python", "-m", "docs.generate", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    _install(session, "mypy>=1.13")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """The test command of the README, with branch coverage."""
    _install(session, "coverage[toml]>=7.6")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine")
    session.run("coverage", "report")


@nox.session
def docs(session: nox.Session) -> None:
    """Writes the generated pages: error codes, command line, support, schemas."""
    _install(session)
    session.run("python", "-m", "docs.generate", "--write")


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks; takes minutes and wants a quiet machine."""
    _install(session, "langchain-openai>=1.0")
    for script in (
        "run_cost",
        "throughput",
        "cold_start",
        "imports",
        "gateway_cost",
        "cli_start",
        "registry_list",
    ):
        session.run("python", f"benchmarks/{script}.py", *session.posargs)


@nox.session
def constraints(session: nox.Session) -> None:
    """Writes constraints/*.txt: the versions CI tests, without addresses."""
    session.install("uv>=0.5")
    for name, sources in (
        ("host", ["pyproject.toml", "--extra", "test"]),
        *((a, [f"adapters/{a}/pyproject.toml", "pyproject.toml", "--extra", "test"]) for a in ADAPTERS),
    ):
        session.run(
            "uv",
            "pip",
            "compile",
            *sources,
            "--universal",
            "--python-version",
            "3.11",
            "--no-header",
            "--no-annotate",
            "--no-emit-index-url",
            "--no-emit-package",
            "agentforge-core",
            "-o",
            f"constraints/{name}.txt",
            "--upgrade",
            external=True,
        )


@nox.session
def build(session: nox.Session) -> None:
    """Wheels of the host and of every adapter in dist/."""
    session.install("build>=1.2")
    for folder in (".", *(f"adapters/{a}" for a in ADAPTERS)):
        session.run("python", "-m", "build", "--outdir", "dist", folder)


@nox.session
def matrix(session: nox.Session) -> None:
    """Every cell of tox.ini, or those named: `nox -s matrix -- -e py311-langchain-floor`."""
    session.install("tox>=4.23", "tox-uv>=1.16")
    session.run("tox", "run", *session.posargs)
