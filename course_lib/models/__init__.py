"""The classical learners in scikit-learn's manner: `fit`, `predict`, `score`; what a fit finds ends in an underscore.

One convention for every cost: the mean over the samples plus a penalty that does not depend on their number, never on
the intercept. The equations that need no state are in `course_lib.ops`; `ops.equations(models)` says where the labels
of the text stand here.
"""

from course_lib.models.base import Model, NotFittedError
from course_lib.models.descent import GradientDescentRegressor
from course_lib.models.linear import ElasticNet, Lasso, LinearRegression, Ridge
from course_lib.models.logistic import LogisticRegression, SoftmaxRegression
from course_lib.models.pca import PCA
from course_lib.models.selection import (
    BiasVariance,
    LearningCurve,
    Search,
    bias_variance,
    cross_validate,
    grid_search,
    k_fold,
    learning_curve,
    random_search,
)

__all__ = [
    "PCA",
    "BiasVariance",
    "ElasticNet",
    "GradientDescentRegressor",
    "Lasso",
    "LearningCurve",
    "LinearRegression",
    "LogisticRegression",
    "Model",
    "NotFittedError",
    "Ridge",
    "Search",
    "SoftmaxRegression",
    "bias_variance",
    "cross_validate",
    "grid_search",
    "k_fold",
    "learning_curve",
    "random_search",
]
