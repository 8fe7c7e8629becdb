"""The library under *CoroNet, step by step*.

Importing the package imports no deep-learning framework and no plotting
library; the modules that need one import it themselves, so the NumPy chapters
start at once.
"""

from importlib.metadata import PackageNotFoundError, version

__version__ = version("coronet-lib")


def installed(package):
    """The version of a package that is installed; None if it is not.

    Parameters
    ----------
    package : str

    Returns
    -------
    str or None
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return None
