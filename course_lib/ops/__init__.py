"""One function an equation: checks its arguments, allocates the result, and calls a kernel or the matrix product.

float32 and float64 are kept; whole numbers become float64. Arguments are never changed. The rows of an array are
samples, `d` + name is the gradient of the loss with respect to name, and losses are means over the batch.

Labels of the equations, chapter 1
----------------------------------
(1.1) L^p norm, (1.2) max norm    `norm`
(1.3) cosine similarity           `cosine_similarity`
(1.4) Gram matrix                 `gram_matrix`
(1.5) projection, (1.6) the rest  `project`, `remove_component`
(1.7) Frobenius norm              `frobenius_norm`
(1.8) composed affine maps        `compose_affine`
(1.9) eigenvectors of a symmetric matrix          `eigen_symmetric`
(1.10) power iteration, (1.11) its eigenvalue     `power_iteration`
(1.12) Jacobian, (1.13) Hessian   `course_lib.gradcheck`
(1.14) singular values            `svd`
(1.15) rank                       `rank`
(1.16) nearest matrix of rank k, (1.17) error     `low_rank`
(1.18) pseudo-inverse, (1.19) as a limit          `pinv`, `pinv_limit`
(1.20) principal directions       `principal_directions`
(1.21) code and reconstruction    `pca`

Chapter 2
---------
(2.1) RMSE, (2.4) R^2             `rmse`, `r2_score`
(2.2) gradient, (2.6) Hessian of the mean squared error  `mse_gradient`, `mse_hessian`
(2.3) normal equation             `normal_equation`
(2.5) gradient descent            `gradient_descent`
(2.7) largest rate, (2.8) fastest rate, (2.9) condition  `step_limits`
(2.10) updates an epoch           `updates_per_epoch`
(2.11) schedule                   `inverse_time`
(2.12) mini-batch descent         `stochastic_descent`
(2.13) polynomial features        `polynomial`
(2.14), (2.15), (2.34), (2.37), (2.44)            `course_lib.models`
(2.16) cost of ridge, (2.17) solution             `ridge`
(2.18) ridge from singular values `ridge_path`
(2.19) soft threshold             `soft_threshold`
(2.20) smallest penalty without weights           `largest_penalty`
(2.21) cost of elastic net, (2.22) one coordinate `elastic_net_path`
(2.23) early stopping             `early_stopping`
(2.24) normal density             `gaussian_density`
(2.25) log-likelihood             `gaussian_log_likelihood`
(2.26) mean, (2.27) variance of largest likelihood  `gaussian_mle`
(2.28) binary entropy             `binary_entropy`
(2.29) cross-entropy of distributions             `distribution_cross_entropy`
(2.30) overlap, (2.31) its distance               `bhattacharyya_coefficient`, `bhattacharyya_distance`
(2.32) Hellinger distance         `hellinger_distance`
(2.33) logistic curve             `logistic_curve`
(2.35) dw, (2.36) db              `logistic_gradient`
(2.38) clipped log loss           `clipped_log_loss`
(2.39) interval of an accuracy    `accuracy_interval`
(2.40) confusion matrix           `confusion_matrix`
(2.41) precision, (2.42) recall, (2.43) F1        `report_from_confusion`

Chapter 3
---------
(3.1) neuron                      `neuron`
(3.2) bias as a weight            `add_bias_column`
(3.3) step                        `step`
(3.4) prediction                  `perceptron_predict`
(3.5) error, (3.6) learning rule  `perceptron_fit`
(3.7) distance                    `signed_distance`
(3.8) margin and radius, (3.9) mistake bound      `mistake_bound`

Chapter 4
---------
(4.1) number of parameters        `count_parameters`
(4.2) network                     `mlp_forward`
(4.3) affine layer                `affine_forward`
(4.4) identity                    `identity`
(4.5) sigmoid, (4.6) slope        `sigmoid`, `sigmoid_backward`
(4.7) dz = da o g'(z)             `mlp_backward`, and every backward function of an activation
(4.8) tanh, (4.9) slope           `tanh`, `tanh_backward`
(4.10) ReLU, (4.11) slope         `relu`, `relu_backward`
(4.12) leaky ReLU, (4.13) slope   `leaky_relu`, `leaky_relu_backward`
(4.14) ELU, (4.15) slope          `elu`, `elu_backward`
(4.16) SELU, (4.17) slope         `selu`, `selu_backward`
(4.18) GELU, (4.19) slope         `gelu`, `gelu_backward`
(4.20) linear share               `linear_share`
(4.21) softmax                    `softmax`
(4.22) Jacobian of softmax        `softmax_jacobian`
(4.23) its product with dout      `softmax_backward`
(4.24) cross-entropy              `cross_entropy`
(4.25) log-softmax                `log_softmax`
(4.26) gradient of cross-entropy  `softmax_ce_backward`
(4.27) one-hot                    `one_hot`
(4.28) binary cross-entropy, (4.29) gradient      `bce`
(4.30) the same from scores, (4.31) gradient      `bce_from_logits`
(4.32) mean squared error, (4.33) gradient        `mse`
(4.34) half squared error, (4.35) gradient        `half_sse`
(4.36) mean absolute error, (4.37) gradient       `mae`
(4.38) entropy                    `entropy`
(4.39) Kullback-Leibler divergence                `kl_divergence`
(4.40) Kullback-Leibler loss, (4.41) gradient     `kl_loss`
(4.42) Hellinger loss, (4.43) gradient            `hellinger_loss`
(4.46) chain rule on a graph      `course_lib.autodiff`
(4.49) dx, (4.50) dW, (4.51) db   `affine_backward`
(4.54), (4.55) delta recursion, (4.56) dW, (4.57) db  `mlp_backward`
(4.58) error split                `error_split`
(4.59) central difference, (4.60) relative error, (4.61) best step  `course_lib.gradcheck`
(4.64) accuracy                   `accuracy`
"""

from course_lib.ops.activations import (
    ACTIVATIONS,
    SELU_ALPHA,
    SELU_SCALE,
    Activation,
    elu,
    elu_backward,
    gelu,
    gelu_backward,
    identity,
    identity_backward,
    leaky_relu,
    leaky_relu_backward,
    linear_share,
    log_softmax,
    log_softmax_backward,
    relu,
    relu_backward,
    selu,
    selu_backward,
    sigmoid,
    sigmoid_backward,
    softmax,
    softmax_backward,
    softmax_jacobian,
    step,
    step_backward,
    tanh,
    tanh_backward,
)
from course_lib.ops.dense import (
    add_bias_column,
    affine_backward,
    affine_forward,
    count_parameters,
    error_split,
    mlp_backward,
    mlp_forward,
    neuron,
)
from course_lib.ops.descent import (
    Descent,
    descend,
    early_stopping,
    gradient_descent,
    inverse_time,
    mini_batches,
    stochastic_descent,
    updates_per_epoch,
)
from course_lib.ops.likelihood import (
    GaussianFit,
    bhattacharyya_coefficient,
    bhattacharyya_distance,
    binary_entropy,
    clipped_log_loss,
    distribution_cross_entropy,
    gaussian_density,
    gaussian_log_likelihood,
    gaussian_mle,
    hellinger_distance,
)
from course_lib.ops.linalg import (
    PowerRun,
    channels_first,
    compose_affine,
    cosine_similarity,
    eigen_symmetric,
    fix_signs,
    frobenius_norm,
    gram_matrix,
    low_rank,
    norm,
    null_space,
    pca,
    pinv,
    pinv_limit,
    power_iteration,
    principal_directions,
    project,
    rank,
    remove_component,
    svd,
)
from course_lib.ops.losses import (
    accuracy,
    bce,
    bce_from_logits,
    cross_entropy,
    entropy,
    half_sse,
    hellinger_loss,
    kl_divergence,
    kl_loss,
    mae,
    mse,
    one_hot,
    predict_class,
    softmax_ce_backward,
    softmax_cross_entropy,
)
from course_lib.ops.metrics import (
    Report,
    accuracy_interval,
    classification_report,
    confusion_matrix,
    majority_share,
    r2_score,
    report_from_confusion,
    rmse,
)
from course_lib.ops.perceptron import (
    PerceptronRun,
    mistake_bound,
    perceptron_fit,
    perceptron_predict,
    signed_distance,
)
from course_lib.ops.regression import (
    Path,
    StepLimits,
    elastic_net_path,
    largest_penalty,
    logistic_curve,
    logistic_gradient,
    mse_gradient,
    mse_hessian,
    normal_equation,
    polynomial,
    ridge,
    ridge_path,
    soft_threshold,
    step_limits,
)
from course_lib.ops.surfaces import (
    grid,
    loss_surface,
    mlp_surface,
)

__all__ = [
    "ACTIVATIONS",
    "SELU_ALPHA",
    "SELU_SCALE",
    "Activation",
    "Descent",
    "GaussianFit",
    "Path",
    "PerceptronRun",
    "PowerRun",
    "Report",
    "StepLimits",
    "accuracy",
    "accuracy_interval",
    "add_bias_column",
    "affine_backward",
    "affine_forward",
    "bce",
    "bce_from_logits",
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "binary_entropy",
    "channels_first",
    "classification_report",
    "clipped_log_loss",
    "compose_affine",
    "confusion_matrix",
    "cosine_similarity",
    "count_parameters",
    "cross_entropy",
    "descend",
    "distribution_cross_entropy",
    "early_stopping",
    "eigen_symmetric",
    "elastic_net_path",
    "elu",
    "elu_backward",
    "entropy",
    "error_split",
    "fix_signs",
    "frobenius_norm",
    "gaussian_density",
    "gaussian_log_likelihood",
    "gaussian_mle",
    "gelu",
    "gelu_backward",
    "gradient_descent",
    "gram_matrix",
    "grid",
    "half_sse",
    "hellinger_distance",
    "hellinger_loss",
    "identity",
    "identity_backward",
    "inverse_time",
    "kl_divergence",
    "kl_loss",
    "largest_penalty",
    "leaky_relu",
    "leaky_relu_backward",
    "linear_share",
    "log_softmax",
    "log_softmax_backward",
    "logistic_curve",
    "logistic_gradient",
    "loss_surface",
    "low_rank",
    "mae",
    "majority_share",
    "mini_batches",
    "mistake_bound",
    "mlp_backward",
    "mlp_forward",
    "mlp_surface",
    "mse",
    "mse_gradient",
    "mse_hessian",
    "neuron",
    "norm",
    "normal_equation",
    "null_space",
    "one_hot",
    "pca",
    "perceptron_fit",
    "perceptron_predict",
    "pinv",
    "pinv_limit",
    "polynomial",
    "power_iteration",
    "predict_class",
    "principal_directions",
    "project",
    "r2_score",
    "rank",
    "relu",
    "relu_backward",
    "remove_component",
    "report_from_confusion",
    "ridge",
    "ridge_path",
    "rmse",
    "selu",
    "selu_backward",
    "sigmoid",
    "sigmoid_backward",
    "signed_distance",
    "soft_threshold",
    "softmax",
    "softmax_backward",
    "softmax_ce_backward",
    "softmax_cross_entropy",
    "softmax_jacobian",
    "step",
    "step_backward",
    "step_limits",
    "stochastic_descent",
    "svd",
    "tanh",
    "tanh_backward",
    "updates_per_epoch",
]
