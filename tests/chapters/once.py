"""What several tests of a chapter ask an experiment for is computed once a process."""

from functools import cache, wraps
from inspect import signature


@cache
def once(experiment):
    """The experiment, which remembers what it has returned: asked again, it hands out the same object.

    Experiments depend on their arguments alone. Their values are compared by what they print as, since some are lists.
    """
    form, known = signature(experiment), {}

    @wraps(experiment)
    def remembered(*arguments, **named):
        given = form.bind(*arguments, **named)
        given.apply_defaults()
        key = repr(given.arguments)
        if key not in known:
            known[key] = experiment(*given.args, **given.kwargs)
        return known[key]

    return remembered
