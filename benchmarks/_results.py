"""Files of results, which grow from run to run."""

import json


def read_results(path):
    """What was measured before; nothing, if there is no such file."""
    return json.loads(path.read_text()) if path.exists() else {}


def write_results(path, results):
    """Write all results."""
    path.write_text(json.dumps(results, indent=1) + "\n")
