"""The library under *CoroNet, step by step*.

Importing the package imports no deep-learning framework and no plotting
library; the modules that need one import it themselves, so the NumPy chapters
start at once.  It only asks TensorFlow, should that be imported later, for
the kernels of oneDNN.
"""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

# TensorFlow leaves them out on processors without VNNI instructions, which train Xception a good third faster
# with them.  It looks at this once, while it is imported.
if platform.machine() in ("x86_64", "AMD64") and "tensorflow" not in sys.modules:
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

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
