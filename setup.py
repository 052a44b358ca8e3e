"""The one thing pyproject.toml cannot say: programs and shipped configuration live beside the library in the checkout,
and inside it in the wheel."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["pymaster", "pymaster.*"]), "pymaster.libexec", "pymaster.conf"],
    package_dir={"pymaster.libexec": "services", "pymaster.conf": "conf"},
    package_data={"pymaster.conf": ["*"], "pymaster": ["py.typed"]},
)
