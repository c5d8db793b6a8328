"""The packages: what lies under spinglass/, and cli/ under the name that it is installed by."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["spinglass", "spinglass.*"]), "spinglass_cli"])
