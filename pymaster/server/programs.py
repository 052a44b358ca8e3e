"""programs - loading a service's file by path and finding the one class in it."""

import importlib
import importlib.util
import os
import sys

from pymaster.server.skeleton import Multi, Service, Single, Spawner, Trigger

SHAPES = (Multi, Single, Trigger, Spawner)


class BadProgram(Exception):
    """The file is no service; the text is one line."""


def load(path: str) -> type[Service]:
    """The Service subclass that the file at `path` defines; raises BadProgram, or whatever the file raises."""
    name = "pymaster_service_" + os.path.basename(path).removesuffix(".py").replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadProgram(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SystemExit as exc:
        raise BadProgram(f"{path}: exits when it is imported; its last line must be under `__main__`") from exc
    found = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, SHAPES) and item.__module__ == name
    ]
    # A helper class may be in the file too: the service is the last one, the most derived.
    classes = [item for item in found if not any(other is not item and issubclass(other, item) for other in found)]
    if not classes:
        raise BadProgram(f"{path}: defines no Multi, Single, Trigger or Spawner")
    importlib.import_module(classes[-1].loop)
    return classes[-1]
