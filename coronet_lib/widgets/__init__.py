"""Interactive figures whose arithmetic runs in the browser, so that they work on a page without a kernel."""

from coronet_lib.widgets.convolution import ConvolutionExplorer

__all__ = ["ConvolutionExplorer"]
