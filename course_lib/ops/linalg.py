"""Linear algebra of chapter 1: norms, projections, eigenvectors, singular values, pseudo-inverse, principal directions.

NumPy's LAPACK does the decompositions; here is what a lesson adds to it: one order (largest first), one rule for the
sign of a direction, one stated tolerance for "zero", and messages.
"""

from typing import NamedTuple

import numpy as np

from course_lib.validate import (
    as_array,
    as_float,
    as_number,
    as_rows,
    finite,
    rate,
    same_kind,
    same_shape,
    whole_number,
)

__all__ = [
    "PowerRun",
    "channels_first",
    "compose_affine",
    "cosine_similarity",
    "eigen_symmetric",
    "fix_signs",
    "frobenius_norm",
    "gram_matrix",
    "low_rank",
    "norm",
    "null_space",
    "pca",
    "pinv",
    "pinv_limit",
    "power_iteration",
    "principal_directions",
    "project",
    "rank",
    "remove_component",
    "svd",
]


def _matrix(A, name="A"):
    A = as_float(A, name)
    if A.ndim != 2 or A.size == 0:
        raise ValueError(f"{name} must be a matrix of shape (m, n), not empty, got shape {A.shape}.")
    finite(A, name)
    return A


def _square(A, name="A"):
    A = _matrix(A, name)
    if A.shape[0] != A.shape[1]:
        raise ValueError(f"{name} must be square, got shape {A.shape}. Only a square matrix has eigenvalues; every "
                         "matrix has singular values (svd).")
    return A


def _vectors(u, v, names=("u", "v")):
    u, v = same_kind(as_float(u, names[0]), as_float(v, names[1]))
    if u.ndim != 1 or u.size == 0:
        raise ValueError(f"{names[0]} must be one vector of shape (n,), got {u.shape}.")
    same_shape(u, v, names)
    return u, v


# ---- layouts and maps --------------------------------------------------------------------------------------


def channels_first(images):
    """Images with the channels last, (N, H, W, C), in the course's layout (N, C, H, W).

    Parameters
    ----------
    images : (N, H, W, C), or one image (H, W, C)

    Returns
    -------
    view of shape (N, C, H, W), or (C, H, W); a reshape instead would mix pixels and channels
    """
    images = as_array(images, "images")
    if images.ndim not in (3, 4) or images.dtype.kind not in "fiub":
        raise ValueError(f"images must be numbers of shape (N, H, W, C) or (H, W, C), got {images.shape} of "
                         f"{images.dtype}.")
    return np.moveaxis(images, -1, -3)


def compose_affine(first, *others):
    """One affine map that does what several do one after the other.

    (x A + a) B + b = x (A B) + (a B + b)    (1.8)

    Parameters
    ----------
    first, *others : pairs (W, b) with W (n_in, n_out) and b (n_out,), in the order in which they act

    Returns
    -------
    W, b : the composed map

    Raises
    ------
    ValueError
        When the outputs of one map are not as many as the inputs of the next.
    """
    W, b = as_float(first[0], "W"), as_float(first[1], "b")
    if W.ndim != 2 or b.shape != W.shape[1:]:
        raise ValueError(f"map 1 has W of shape {W.shape} and b of shape {b.shape}, expected (n_in, n_out) and "
                         "(n_out,).")
    for number, (B, shift) in enumerate(others, 2):
        B, shift = as_float(B, "B"), as_float(shift, "b")
        if B.ndim != 2 or W.shape[-1] != B.shape[0] or shift.shape != B.shape[1:]:
            raise ValueError(f"map {number} has W of shape {B.shape} and b of shape {shift.shape}, but the maps before "
                             f"it give {W.shape[-1]} outputs. The order is that in which they act.")
        W, b = W @ B, b @ B + shift
    return W, b


# ---- norms and angles --------------------------------------------------------------------------------------


def norm(x, p=2):
    """L^p norm of the vectors along the last axis.

    |x|_p = (sum_i |x_i|^p)^(1/p) for p >= 1    (1.1)
    |x|_inf = max_i |x_i|    (1.2)

    The largest size is taken out first, so that no power overflows.

    Parameters
    ----------
    x : (..., n) one vector or rows of vectors
    p : float >= 1, or np.inf

    Returns
    -------
    array of shape (...,), or a number

    Raises
    ------
    ValueError
        For p < 1: the triangle inequality fails there.
    """
    x = as_float(x, "x")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ValueError(f"x must be a vector or rows of vectors, got shape {x.shape}.")
    p = as_number(p, "p")
    if not p >= 1:
        raise ValueError(f"p={p:g}: a norm needs p >= 1. Below 1 a sum of two vectors can be longer than both "
                         "together.")
    size = np.abs(x)
    largest = size.max(axis=-1)
    if p == np.inf:
        return largest
    safe = np.where((largest > 0) & np.isfinite(largest), largest, 1)
    powers = (size / np.asarray(safe)[..., None]) ** p
    return (safe * powers.sum(axis=-1) ** (1 / p)).astype(x.dtype)[()]


def frobenius_norm(A):
    """Length of a matrix as if its entries were one vector.

    |A|_F = sqrt(sum_ij A_ij^2) = sqrt(tr(A A^T)) = sqrt(sum_i s_i^2), s_i the singular values    (1.7)

    Parameters
    ----------
    A : (m, n)

    Returns
    -------
    float
    """
    return float(norm(_matrix(A).ravel()))


def cosine_similarity(u, v):
    """Cosine of the angle between two vectors.

    cos = u.v / (|u| |v|), from -1 to 1    (1.3)

    Parameters
    ----------
    u, v : (n,), neither zero

    Returns
    -------
    float
    """
    u, v = _vectors(u, v)
    lengths = norm(u), norm(v)
    if 0 in lengths:
        raise ValueError(f"a zero vector has no direction, so there is no angle; the lengths are {lengths[0]:.4g} and "
                         f"{lengths[1]:.4g}.")
    return float(np.clip((u / lengths[0]) @ (v / lengths[1]), -1, 1))


def gram_matrix(A):
    """All dot products between the rows of A.

    G = A A^T, G_ij = a_i . a_j    (1.4)

    Parameters
    ----------
    A : (m, n)

    Returns
    -------
    (m, m), symmetric
    """
    A = _matrix(A)
    return A @ A.T


def project(x, g):
    """The part of x along g; the length of g does not matter.

    proj = (x.g / |g|^2) g    (1.5)

    Parameters
    ----------
    x, g : (n,), g not zero

    Returns
    -------
    (n,)
    """
    x, g = _vectors(x, g, ("x", "g"))
    length = norm(g)
    if length == 0:
        raise ValueError("g is zero: there is no line to project on.")
    direction = g / length
    return (x @ direction) * direction


def remove_component(x, g):
    """What is left of x without its part along g; orthogonal to g.

    rest = x - (x.g / |g|^2) g    (1.6)

    Parameters
    ----------
    x, g : (n,), g not zero

    Returns
    -------
    (n,)
    """
    return as_float(x, "x") - project(x, g)


# ---- eigenvectors ------------------------------------------------------------------------------------------


def fix_signs(V):
    """Directions without the free sign: in each column the entry of largest size becomes positive.

    An eigenvector times -1 is an eigenvector too, so two machines may answer differently. Of equally large entries
    (within 1e-9) the first decides.

    Parameters
    ----------
    V : (n, k) directions as columns

    Returns
    -------
    (n, k)
    """
    V = as_float(V, "V")
    if V.ndim != 2 or len(V) == 0:
        raise ValueError(f"V must hold directions as columns, shape (n, k), got {V.shape}.")
    size = np.abs(V)
    deciding = (size >= size.max(axis=0) * (1 - 1e-9)).argmax(axis=0)
    return V * np.where(V[deciding, np.arange(V.shape[1])] < 0, -1, 1).astype(V.dtype)


def eigen_symmetric(A):
    """Eigenvalues and eigenvectors of a symmetric matrix, largest eigenvalue first.

    A = V diag(lambda) V^T, with V^T V = I    (1.9)

    Parameters
    ----------
    A : (n, n), symmetric

    Returns
    -------
    values : (n,) decreasing
    V : (n, n) eigenvectors as columns, signs by `fix_signs`

    Raises
    ------
    ValueError
        When A is not symmetric: its eigenvectors need not be orthogonal, and eigenvalues can be complex.
    """
    A = _square(A)
    gap = np.abs(A - A.T).max()
    if gap > 100 * np.finfo(A.dtype).eps * np.abs(A).max():
        raise ValueError(f"A is not symmetric: A and A^T differ by {gap:.3g}. For other matrices use np.linalg.eig, or "
                         "svd.")
    values, V = np.linalg.eigh(A)
    return values[::-1].copy(), fix_signs(V[:, ::-1])


class PowerRun(NamedTuple):
    """What `power_iteration` found, and the way there."""

    value: float  #: the eigenvalue, v^T A v
    vector: np.ndarray  #: (n,) of length 1, the last row of path
    path: np.ndarray  #: (steps + 1, n), the start (scaled to length 1) first
    values: np.ndarray  #: (steps + 1,) v^T A v along the path
    converged: bool  #: whether |A v - value v| fell below tol times |value|


def power_iteration(A, v0=None, steps=1000, tol=1e-12):
    """The eigenvalue of largest size and its eigenvector, by repeated multiplication.

    v <- A v / |A v|    (1.10)
    lambda = v^T A v for |v| = 1    (1.11)

    Each step shrinks the part along the second eigenvector by |lambda_2 / lambda_1|, so equal sizes never settle.

    Parameters
    ----------
    A : (n, n)
    v0 : (n,) start, default 1, 1/2, 1/3, ...; it must have a part along the wanted vector
    steps : int, multiplications at most
    tol : float, stop when |A v - lambda v| <= tol |lambda|; 0 runs all steps

    Returns
    -------
    PowerRun

    Raises
    ------
    ValueError
        When A v becomes zero: then v is in the null space, and another start is needed.
    """
    A = _square(A)
    A, v = same_kind(A, (1 / np.arange(1, len(A) + 1)).astype(A.dtype) if v0 is None else as_float(v0, "v0"))
    finite(v, "v0")
    if v.shape != (len(A),) or not norm(v) > 0:
        raise ValueError(f"v0 must have shape ({len(A)},) and not be zero, got shape {v.shape} and length "
                         f"{norm(v.ravel()) if v.size else 0:.4g}.")
    steps, tol = whole_number(steps, "steps"), rate(tol, "tol")
    v = v / norm(v)
    path, values, converged = [v], [], False
    for _ in range(steps + 1):
        Av = A @ v
        length = norm(Av)
        if length == 0:
            raise ValueError(f"A v = 0 after {len(path) - 1} steps: v lies in the null space of A. Start elsewhere.")
        values.append(v @ Av)
        converged = bool(norm(Av - values[-1] * v) <= tol * abs(values[-1]))
        if (converged and tol > 0) or len(path) > steps:
            break
        v = Av / length
        path.append(v)
    return PowerRun(float(values[-1]), v, np.array(path), np.array(values), converged)


# ---- singular values ---------------------------------------------------------------------------------------


def svd(A):
    """Singular value decomposition without the columns that a product never uses.

    A = U diag(s) V^T, with U^T U = I, V^T V = I, s_1 >= s_2 >= ... >= 0    (1.14)

    The third result is V, with the directions as columns; NumPy returns V^T.

    Parameters
    ----------
    A : (m, n)

    Returns
    -------
    U : (m, r), s : (r,), V : (n, r) with r = min(m, n); signs by `fix_signs` on V
    """
    U, s, Vt = np.linalg.svd(_matrix(A), full_matrices=False)
    V = fix_signs(Vt.T)
    return U * np.where((V * Vt.T).sum(axis=0) < 0, -1, 1).astype(V.dtype), s, V


def _zero_below(A, s, tol):
    """Singular values up to this count as zero."""
    relative = max(A.shape) * np.finfo(A.dtype).eps if tol is None else as_number(tol, "tol")
    if not 0 <= relative < 1:
        raise ValueError(f"tol={tol}, expected a share of the largest singular value, at least 0 and below 1.")
    return relative * s[0]


def rank(A, tol=None):
    """Number of independent columns (and rows).

    rank = number of singular values above tol * s_1; default tol = max(m, n) eps    (1.15)

    Parameters
    ----------
    A : (m, n)
    tol : float, share of the largest singular value; eps is 2.2e-16 in float64, 1.2e-7 in float32

    Returns
    -------
    int
    """
    A = _matrix(A)
    s = np.linalg.svd(A, compute_uv=False)
    return int(np.count_nonzero(s > _zero_below(A, s, tol)))


def null_space(A, tol=None):
    """Orthonormal directions that A sends to zero, A v = 0.

    Parameters
    ----------
    A : (m, n)
    tol : as in `rank`

    Returns
    -------
    (n, n - rank) directions as columns; no column when the columns of A are independent
    """
    A = _matrix(A)
    s, Vt = np.linalg.svd(A)[1:]
    return fix_signs(Vt[np.count_nonzero(s > _zero_below(A, s, tol)):].T)


def low_rank(A, k):
    """The nearest matrix of rank k.

    A_k = sum_(i <= k) s_i u_i v_i^T    (1.16)
    |A - A_k|_F^2 = sum_(i > k) s_i^2    (1.17)

    For many k of one picture, call `svd` once and multiply its parts.

    Parameters
    ----------
    A : (m, n)
    k : int, 0 to min(m, n)

    Returns
    -------
    A_k : (m, n)
    error : float, |A - A_k|_F
    """
    U, s, V = svd(A)
    k = whole_number(k, "k", 0, s.size)  # at most the smaller side of A
    return (U[:, :k] * s[:k]) @ V[:, :k].T, float(norm(s[k:])) if k < s.size else 0.0


def pinv(A, tol=None):
    """Moore-Penrose inverse: A+ y is the shortest x among those with the smallest |A x - y|.

    A+ = V diag(1/s_i where s_i > tol * s_1, else 0) U^T    (1.18)

    Parameters
    ----------
    A : (m, n), any rank
    tol : as in `rank`

    Returns
    -------
    (n, m)
    """
    A = _matrix(A)
    U, s, V = svd(A)
    kept = s > _zero_below(A, s, tol)
    return (V * np.where(kept, 1 / np.where(kept, s, 1), 0).astype(A.dtype)) @ U.T


def pinv_limit(A, alpha):
    """The pseudo-inverse as a limit, before the limit is taken.

    A+ = lim_(alpha -> 0+) (A^T A + alpha I)^-1 A^T    (1.19)

    For very small alpha rounding takes over: A^T A squares the condition number.

    Parameters
    ----------
    A : (m, n)
    alpha : float > 0

    Returns
    -------
    (n, m)
    """
    A = _matrix(A)
    alpha = as_number(alpha, "alpha")
    if not (alpha > 0 and np.isfinite(alpha)):
        raise ValueError(f"alpha={alpha:g}, expected a positive number: at 0 the inverse need not exist, and the limit "
                         "comes from above.")
    return np.linalg.solve(A.T @ A + A.dtype.type(alpha) * np.eye(A.shape[1], dtype=A.dtype), A.T)


# ---- principal components ----------------------------------------------------------------------------------


def principal_directions(X, k=None):
    """The orthogonal directions in which centered samples vary most.

    D = the eigenvectors of (X - mean)^T (X - mean) / (N - 1) with the k largest eigenvalues, as columns    (1.20)

    Found from the singular values of the centered samples: variance = s^2 / (N - 1). Signs by `fix_signs`.

    Parameters
    ----------
    X : (N, d), N >= 2
    k : int, 1 to min(N, d); default all

    Returns
    -------
    mean : (d,)
    D : (d, k) directions as columns, D^T D = I
    variances : (k,) decreasing
    """
    X = as_rows(X, "X")
    finite(X, "X")
    most = min(X.shape)
    if len(X) < 2:
        raise ValueError(f"X has n_samples = {len(X)}, a variance needs at least 2.")
    k = most if k is None else whole_number(k, "k", 1, most)  # X has no more directions
    mean = X.mean(axis=0)
    _, s, V = svd(X - mean)
    return mean, V[:, :k], (s * s)[:k] / X.dtype.type(len(X) - 1)


def pca(X, k):
    """Variances along the k principal directions, and the samples rebuilt from their k coordinates.

    c = (x - mean) D,  x_rebuilt = c D^T + mean    (1.21)

    Parameters
    ----------
    X : (N, d)
    k : int, 1 to min(N, d)

    Returns
    -------
    variances : (k,) with divisor N - 1
    rebuilt : (N, d), the nearest to X of all that lie on a k-dimensional flat
    """
    mean, D, variances = principal_directions(X, k)
    return variances, (as_rows(X, "X") - mean) @ D @ D.T + mean
