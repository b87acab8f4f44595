"""Lets old tools that look for a setup.py find the project; see pyproject.toml."""

from setuptools import setup

setup()
