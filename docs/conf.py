"""How the documentation is built: ``python -m sphinx -W --keep-going docs docs/_build/html``."""

import sys
from importlib import import_module
from pathlib import Path

from sk_attnseq import __version__

DOCS = Path(__file__).parent
# For figures.py, inventory.py and measured.py, and benchmarks.
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

from inventory import write_inventory  # noqa: E402

project = "sk_attnseq"
author = "the sk_attnseq developers"
copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "measured",  # docs/measured.py
]
exclude_patterns = ["_build", "_templates", "examples"]
templates_path = ["_templates"]
suppress_warnings = ["config.cache"]  # a function, as in autosummary_context, cannot be kept
default_role = "code"

_inventory = write_inventory(DOCS / "_build" / "sklearn.inv")
intersphinx_mapping = {"sklearn": ("https://scikit-learn.org/stable/", str(_inventory))}

# Names of this package must exist. Of others, only those of scikit-learn are looked up.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!sk_attnseq\b).*")]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3


def own_methods(fullname):
    """Names of the public methods that a class has from this package, not from scikit-learn."""
    module, _, name = fullname.rpartition(".")
    cls = getattr(import_module(module), name)
    return [
        method
        for method in dir(cls)
        if not method.startswith("_")
        and callable(getattr(cls, method))
        and getattr(getattr(cls, method), "__module__", "").startswith("sk_attnseq")
    ]


autosummary_context = {"own_methods": own_methods}
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False  # the template does
# All but these: not everything needs an example, a longer description and a list of what to see
# also, and results have names here, as in scikit-learn.
numpydoc_validation_checks = {"all", "EX01", "ES01", "GL01", "RT02", "SA01", "SA04"}

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "ExampleTitleSortKey",
    "doc_module": "sk_attnseq",
    "reference_url": {"sk_attnseq": None},  # links from the examples' code to the API reference
    "backreferences_dir": "generated/backreferences",
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,  # a page of them would load scripts from the net
    "download_all_examples": False,
    "abort_on_example_error": True,
    "show_signature": False,
    "ignore_repr_types": r"matplotlib\.|Display",
}

html_theme = "pydata_sphinx_theme"
html_title = "sk_attnseq"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_show_sourcelink = False
html_sidebars = {"index": [], "changelog": [], "contributing": []}
html_theme_options = {
    "logo": {
        "text": "sk_attnseq",
        "image_light": "_static/icon.svg",
        "image_dark": "_static/icon.svg",
    },
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        "index": [],
    },
    "footer_start": ["copyright"],
    "footer_end": [],
}


def setup(app):
    """Draw the figures of the guide before its pages are read."""
    from figures import draw_figures

    app.connect("builder-inited", lambda app: draw_figures(DOCS / "figures"))
