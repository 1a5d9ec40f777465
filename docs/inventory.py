"""An inventory of scikit-learn for intersphinx, which makes links of its names.

It is made from the installed package, so that a build needs no network.
"""

import zlib
from importlib import import_module

import sklearn
from sklearn.utils.discovery import all_estimators, all_functions

HEADER = """\
# Sphinx inventory version 2
# Project: scikit-learn
# Version: {version}
# The remainder of this file is compressed using zlib.
"""


def write_inventory(path):
    """Write the public classes and functions of scikit-learn; return the path."""
    lines = []
    for kind, objects in (("class", all_estimators()), ("function", all_functions())):
        for name, found in objects:
            # The public part, such as sklearn.ensemble for sklearn.ensemble._voting.
            module = found.__module__.partition("._")[0]
            if getattr(import_module(module), name, None) is found:
                full_name = f"{module}.{name}"
                page = f"modules/generated/{full_name}.html#{full_name}"
                lines.append(f"{full_name} py:{kind} 1 {page} -\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    header = HEADER.format(version=sklearn.__version__)
    path.write_bytes(header.encode() + zlib.compress("".join(lines).encode()))
    return path
