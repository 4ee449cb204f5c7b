"""How the answers of chapter 01 are put to work; see `exercises/adapters.py`."""


def value_and_vector(power_iteration):
    """The library's power iteration in the form of exercise 1.14."""

    def first_eigenvector(A, v0, steps):
        run = power_iteration(A, v0, steps=steps, tol=0)
        return run.value, run.vector

    return first_eigenvector
