"""Style sheets and scripts that stand beside an extension: how they come to the pages' other static files."""

from pathlib import Path


def carry(app, extension, *suffixes):
    """Have the build copy what is named as an extension is.

    Parameters
    ----------
    app : sphinx.application.Sphinx
    extension : str
        The file of the extension, which calls this in its ``setup``.
    *suffixes : str
        Such as ``".css"``.
    """
    files = [str(Path(extension).with_suffix(suffix)) for suffix in suffixes]
    app.connect("config-inited", lambda app, config: config.html_static_path.extend(files))
