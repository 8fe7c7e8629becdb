"""The library under *CoroNet, step by step*.

Importing the package imports no deep-learning framework and no plotting
library; the modules that need one import it themselves, so the NumPy chapters
start at once.
"""

from importlib.metadata import version

__version__ = version("coronet-lib")
