"""Interactive figures whose arithmetic runs in the browser, so that they work on a page without a kernel."""

from coronet_lib.widgets.batch_norm import BatchNormExplorer
from coronet_lib.widgets.convolution import ConvolutionExplorer
from coronet_lib.widgets.decision import DecisionExplorer
from coronet_lib.widgets.gradient_flow import GradientFlowExplorer
from coronet_lib.widgets.habit import HabitExplorer
from coronet_lib.widgets.lab import ComparisonLab
from coronet_lib.widgets.leak import LeakDealer
from coronet_lib.widgets.maps_of_answers import MapExplorer
from coronet_lib.widgets.pooling import PoolingExplorer
from coronet_lib.widgets.scaling import ScalingExplorer
from coronet_lib.widgets.separable import SeparableCostExplorer
from coronet_lib.widgets.softmax import SoftmaxExplorer
from coronet_lib.widgets.walker import CoroNetWalker
from coronet_lib.widgets.workbench import ConfusionWorkbench

__all__ = [
    "BatchNormExplorer",
    "ComparisonLab",
    "ConfusionWorkbench",
    "ConvolutionExplorer",
    "CoroNetWalker",
    "DecisionExplorer",
    "GradientFlowExplorer",
    "HabitExplorer",
    "LeakDealer",
    "MapExplorer",
    "PoolingExplorer",
    "ScalingExplorer",
    "SeparableCostExplorer",
    "SoftmaxExplorer",
]
