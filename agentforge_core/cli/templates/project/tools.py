"""The tools of agentforge.yaml: plain functions. Name, types and docstring are what the model sees."""

from __future__ import annotations

from datetime import date, timedelta


def days_between(start: date, end: date) -> int:
    """Count the days between two dates.

    Args:
        start: the first date, as YYYY-MM-DD.
        end: the last date, as YYYY-MM-DD.
    """
    return (end - start).days


def add_days(start: date, days: int) -> date:
    """Find the date a number of days after another one.

    Args:
        start: the date to count from, as YYYY-MM-DD.
        days: how many days later; negative for earlier.
    """
    return start + timedelta(days=days)
