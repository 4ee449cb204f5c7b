"""What several definitions of this chapter share."""


def steps(rng, slots=1, shape=(3, 2)):
    """w, what a rule keeps (`slots` arrays, none negative), and a gradient of both signs, none of it near zero."""
    w = rng.normal(size=shape)
    kept = [rng.uniform(0.2, 2, size=shape) for _ in range(slots)]
    dw = rng.choice([-1, 1], size=shape) * rng.uniform(0.3, 2, size=shape)
    dw.flat[0], dw.flat[-1] = abs(dw.flat[0]), -abs(dw.flat[-1])
    return w, kept, dw
