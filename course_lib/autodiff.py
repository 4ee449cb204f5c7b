"""A scalar reverse-mode engine: every operation remembers its inputs and its slopes, `backward` multiplies and adds.

Chapter 04 builds the chain rule by hand; here the same rule runs on any expression. Each node stores its value, its
parents and the local slope towards each parent. Going back from the result, the gradient of a node is the sum over
all its uses of (gradient of the user) times (local slope), equation (4.46).
"""

import math
from numbers import Real


class Value:
    """A number that knows how it was made.

    dL/du = sum over the users v of u of  dL/dv * dv/du        (4.46)

    Parameters
    ----------
    data : float
    name : str, optional. Shown in `repr` and in the picture.

    Attributes
    ----------
    data : float, the value
    grad : float, derivative of the last `backward` root with respect to this node
    parents : tuple of Value, the inputs of the operation
    slopes : tuple of float, local derivative with respect to each parent
    op : str, the operation, "" for an input

    With `course_lib.viz` imported, `value.draw()` is the picture of all this.

    Examples
    --------
    >>> x = Value(3.0, "x")
    >>> y = x * x + 2 * x
    >>> y.backward()
    >>> y.data, x.grad
    (15.0, 8.0)
    """

    __slots__ = ("data", "grad", "name", "op", "parents", "slopes")

    def __init__(self, data, name="", parents=(), slopes=(), op=""):
        if not isinstance(data, Real):
            raise TypeError(f"a Value holds one number, got {type(data).__name__}")
        self.data = float(data)
        self.grad = 0.0
        self.name, self.parents, self.slopes, self.op = name, parents, slopes, op

    def __repr__(self):
        label = f"{self.name}: " if self.name else ""
        return f"Value({label}{self.data:.6g}, grad {self.grad:.6g})"

    def named(self, name):
        """Give a result a name and return it: `z = (w * x + b).named("z")`."""
        self.name = name
        return self

    def __add__(self, other):
        other = _value(other)
        return Value(self.data + other.data, parents=(self, other), slopes=(1.0, 1.0), op="+")

    def __sub__(self, other):
        other = _value(other)
        return Value(self.data - other.data, parents=(self, other), slopes=(1.0, -1.0), op="-")

    def __mul__(self, other):
        other = _value(other)
        return Value(self.data * other.data, parents=(self, other), slopes=(other.data, self.data), op="*")

    def __truediv__(self, other):
        other = _value(other)
        if other.data == 0:
            raise ZeroDivisionError(f"{self.data:g} / 0: the quotient does not exist")
        slopes = (1 / other.data, -self.data / other.data**2)
        return Value(self.data / other.data, parents=(self, other), slopes=slopes, op="/")

    def __pow__(self, exponent):
        if not isinstance(exponent, Real):
            raise TypeError(f"the exponent must be a number, got {exponent!r}; write (b * a.log()).exp() for a ** b")
        out = _power(self.data, exponent)
        slope = exponent * _power(self.data, exponent - 1) if exponent else 0.0
        return self._unary(out, slope, f"**{exponent}")

    def __neg__(self):
        return self._unary(-self.data, -1.0, "neg")

    def __radd__(self, other):
        return _value(other) + self

    def __rsub__(self, other):
        return _value(other) - self

    def __rmul__(self, other):
        return _value(other) * self

    def __rtruediv__(self, other):
        return _value(other) / self

    def exp(self):
        out = math.exp(self.data) if self.data < 709.78 else math.inf
        return self._unary(out, out, "exp")

    def log(self):
        if self.data <= 0:
            raise ValueError(f"log of {self.data:g}: only positive numbers have a logarithm")
        return self._unary(math.log(self.data), 1 / self.data, "log")

    def tanh(self):
        out = math.tanh(self.data)
        return self._unary(out, 1 - out * out, "tanh")

    def sigmoid(self):
        small = math.exp(-abs(self.data))  # never overflows
        out = 1 / (1 + small) if self.data >= 0 else small / (1 + small)
        return self._unary(out, small / (1 + small) ** 2, "sigmoid")

    def relu(self):
        return self._unary(max(self.data, 0.0), float(self.data > 0), "relu")

    def _unary(self, data, slope, op):
        return Value(data, parents=(self,), slopes=(slope,), op=op)

    def backward(self):
        """Set `grad` of every node this one depends on; repeated calls start again from zero. Equation (4.46)."""
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                parent.grad += node.grad * slope


def _value(number):
    if isinstance(number, Value):
        return number
    if isinstance(number, Real):  # of Python or NumPy
        return Value(number)
    raise TypeError(f"a Value combines with Values and plain numbers, got {type(number).__name__}")


def _power(base, exponent):
    """base ** exponent; infinite beyond the largest float, and for 0 to a negative power."""
    if base < 0 and not float(exponent).is_integer():
        raise ValueError(f"{base:g} ** {exponent:g}: only numbers of at least 0 have roots")
    try:
        return base ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        return -math.inf if base < 0 and exponent % 2 else math.inf


def topological_order(value):
    """All nodes `value` depends on, each after its parents, `value` last; a loop, so long chains are no problem."""
    order, seen, stack = [], set(), [(value, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order
