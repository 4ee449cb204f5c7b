"""One function an equation: checks its arguments, allocates the result, and calls a kernel or the matrix product.

float32 and float64 are kept; whole numbers become float64. Arguments are never changed. The rows of an array are
samples, `d` + name is the gradient of the loss with respect to name, and losses are means over the batch.

Labels of the equations, chapter 3
----------------------------------
(3.1) neuron                      `neuron`
(3.2) bias as a weight            `add_bias_column`
(3.3) step                        `step`
(3.4) prediction                  `perceptron_predict`
(3.5) error, (3.6) learning rule  `perceptron_fit`
(3.7) distance                    `signed_distance`
(3.8) margin and radius, (3.9) mistake bound  `mistake_bound`

Chapter 4
---------
(4.1) affine layer                `affine_forward`
(4.2) dx, (4.3) dW, (4.4) db      `affine_backward`
(4.5) network                     `mlp_forward`
(4.6) dz = da o g'(z)             `mlp_backward`, and every backward function of an activation
(4.7) identity                    `identity`
(4.8) sigmoid, (4.9) slope        `sigmoid`, `sigmoid_backward`
(4.10) tanh, (4.11) slope         `tanh`, `tanh_backward`
(4.12) ReLU, (4.13) slope         `relu`, `relu_backward`
(4.14) leaky ReLU, (4.15) slope   `leaky_relu`, `leaky_relu_backward`
(4.16) ELU, (4.17) slope          `elu`, `elu_backward`
(4.18) SELU, (4.19) slope         `selu`, `selu_backward`
(4.20) GELU, (4.21) slope         `gelu`, `gelu_backward`
(4.22) softmax                    `softmax`
(4.23) log-softmax                `log_softmax`
(4.24) Jacobian of softmax        `softmax_jacobian`
(4.25) its product with dout      `softmax_backward`
(4.26) linear share               `linear_share`
(4.27) mean squared error, (4.28) gradient        `mse`
(4.29) half squared error, (4.30) gradient        `half_sse`
(4.31) mean absolute error, (4.32) gradient       `mae`
(4.33) binary cross-entropy, (4.34) gradient      `bce`
(4.35) the same from scores, (4.36) gradient      `bce_from_logits`
(4.37) cross-entropy              `cross_entropy`
(4.38) its gradient               `softmax_ce_backward`
(4.39) Kullback-Leibler loss, (4.40) gradient     `kl_loss`
(4.41) Hellinger loss, (4.42) gradient            `hellinger_loss`
(4.43) one-hot                    `one_hot`
(4.44) entropy                    `entropy`
(4.45) Kullback-Leibler divergence                `kl_divergence`
(4.46) accuracy                   `accuracy`
(4.47), (4.48) delta recursion, (4.49) dW, (4.50) db  `mlp_backward`
(4.51) number of parameters       `count_parameters`
(4.52) error split                `error_split`
(4.53) central difference, (4.54) relative error, (4.55) best step  `course_lib.gradcheck`
(4.56) chain rule on a graph      `course_lib.autodiff`
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
from course_lib.ops.perceptron import (
    PerceptronRun,
    mistake_bound,
    perceptron_fit,
    perceptron_predict,
    signed_distance,
)
from course_lib.ops.surfaces import grid, loss_surface, mlp_surface

__all__ = [
    "ACTIVATIONS",
    "SELU_ALPHA",
    "SELU_SCALE",
    "Activation",
    "PerceptronRun",
    "accuracy",
    "add_bias_column",
    "affine_backward",
    "affine_forward",
    "bce",
    "bce_from_logits",
    "count_parameters",
    "cross_entropy",
    "elu",
    "elu_backward",
    "entropy",
    "error_split",
    "gelu",
    "gelu_backward",
    "grid",
    "half_sse",
    "hellinger_loss",
    "identity",
    "identity_backward",
    "kl_divergence",
    "kl_loss",
    "leaky_relu",
    "leaky_relu_backward",
    "linear_share",
    "log_softmax",
    "log_softmax_backward",
    "loss_surface",
    "mae",
    "mistake_bound",
    "mlp_backward",
    "mlp_forward",
    "mlp_surface",
    "mse",
    "neuron",
    "one_hot",
    "perceptron_fit",
    "perceptron_predict",
    "predict_class",
    "relu",
    "relu_backward",
    "selu",
    "selu_backward",
    "sigmoid",
    "sigmoid_backward",
    "signed_distance",
    "softmax",
    "softmax_backward",
    "softmax_ce_backward",
    "softmax_cross_entropy",
    "softmax_jacobian",
    "step",
    "step_backward",
    "tanh",
    "tanh_backward",
]
