"""The site: `make docs` builds it, warnings are errors."""

import sys
from pathlib import Path

import sklearn_xent

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project, author = "sklearn_xent", "The sklearn_xent founders"
copyright = "2026, the sklearn_xent founders"
version = release = sklearn_xent.__version__

extensions = [
    "alt_texts",
    "layers",
    "search_words",
    "see_also",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_ext", "auto_examples/*.ipynb", "auto_examples/*.py"]
default_role = "py:obj"
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = f"{project} {release}"
html_baseurl = "https://sklearn-xent.github.io/sklearn-xent/"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "github_url": "https://github.com/sklearn-xent/sklearn-xent",
    "header_links_before_dropdown": 6,
    "switcher": {"json_url": f"{html_baseurl}_static/switcher.json", "version_match": release},
    "check_switcher": False,  # the site is built offline, too; a test reads the file
    "navigation_with_keys": False,
    "use_edit_page_button": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": {  # pages that are made have no source to edit
        "*": ["page-toc", "edit-this-page"],
        "how_to/*": ["page-toc", "edit-this-page"],
        "why/*": ["page-toc", "edit-this-page"],
        "reference/**": ["page-toc"],
        "auto_examples/**": ["page-toc"],
    },
    "footer_start": ["copyright"],
    "footer_center": ["version-switcher"],  # the head has no room for it
    "footer_end": ["theme-version"],
}
html_context = {
    "github_user": "sklearn-xent",
    "github_repo": "sklearn-xent",
    "github_version": "main",
    "doc_path": "docs",
}
html_sidebars = {name: [] for name in ("start", "which", "faq", "glossary", "changelog")}

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc says the types
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

# Beside each address a small inventory of the names that are used here, for building offline.
intersphinx_mapping = {
    name: (url, (None, f"_inventories/{name}.inv"))
    for name, url in {
        "sklearn": "https://scikit-learn.org/stable/",
        "pandas": "https://pandas.pydata.org/docs/",
    }.items()
}
intersphinx_timeout = 5

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "ignore_pattern": "compare_models",
    "within_subsection_order": "gallery_order.GalleryOrder",
    "download_all_examples": False,
    "show_memory": False,
    "remove_config_comments": True,
    "doc_module": ("sklearn_xent",),
    "backreferences_dir": "reference/uses",
    "show_signature": False,
    "write_computation_times": False,
    "copyfile_regex": r"^$",
}
suppress_warnings = ["config.cache"]  # sphinx-gallery's settings hold patterns
