# %% [markdown]
# # 8 Convolutional networks
#
# **Aim.** By the end of this chapter you can write a convolutional layer and a pooling layer, forward and backward, work out the shapes and costs of any such network, train one on digits in seconds, and say under which changes of a picture it keeps its answer.
#
# Run the two cells below, then drag the digit a few pixels to the side. Two networks read it. Both were trained on the same digits.

# %%
import numpy as np

from course_lib import convnet, datasets, dense, nn, ops
from course_lib.chapters.ch08_convolution import experiments, measured
from course_lib.exercises import check, hint, use
from course_lib.nn import architectures
from course_lib.nn.architectures import AvgPool, Conv, Dense, Dropout, Flatten, MaxPool, ReLU
from course_lib.viz import demos, figures, live, predict, style

# %%
demos.ShiftTest()

# %% [markdown]
# One of the two gives up much sooner. It is the dense network of the chapters before. What does the other one know about pictures that a dense network does not?

# %% [markdown]
# ## Three pixels to the right
#
# Take the dense network 784-128-10, train it on 8,000 digits, and test it on the 2,000 held out: first as they are, then moved to the right by one, two, three, four pixels. A person would hardly notice.

# %% tags=["nbval-check-output"]
digits = datasets.digits28()
X, X_test, y, y_test = (part.reshape(-1, 784) / np.float32(255) if part.ndim > 1 else part for part in digits)
settings = {"hidden": "relu", "loss": "cross_entropy", "rule": "adam", "lr": 0.001, "epochs": 10, "batch_size": 32,
            "init": "he_normal"}
flat = dense.train((784, 128, 10), X, y, **settings)
for pixels in range(5):
    moved = experiments.shifted(digits.X_test, pixels).reshape(-1, 784) / np.float32(255)
    print(f"moved by {pixels}: accuracy {ops.accuracy(flat.predict(moved), y_test):.3f}")

# %% [markdown]
# From 0.949 to 0.43 in three pixels. The weight that belongs to row 10, column 12 has learned something about row 10, column 12, and nothing about its neighbor to the right. How little such a network knows about pictures shows when all pixels change places: one random order of the 784 columns, the same for every digit, in training and in the test. To us these pictures are noise.

# %% tags=["nbval-check-output"]
order = np.random.default_rng(0).permutation(784)
shuffled = dense.train((784, 128, 10), X[:, order], y, **settings)
print(f"pixels in random places: accuracy {ops.accuracy(shuffled.predict(X_test[:, order]), y_test):.3f}")

# %% [markdown]
# 0.945, as before. The order of the pixels makes no difference to a dense network, so it cannot make use of what makes a picture a picture: that neighbors belong together, and that a stroke is the same stroke wherever it lies. To build such knowledge into a network is to give it an **inductive bias**: it will learn faster where the assumption holds, and worse where it does not.
#
# Could we make the pictures coarser instead, so that three pixels become less than one?

# %%
demos.PixelResolution()

# %% [markdown]
# A coarse picture does suffer less from a shift, and it is also harder to read: what the coarse pixels have lost, no network finds again. We keep the pixels, and change the layer.

# %% [markdown]
# ## Local and shared
#
# Two assumptions, one after the other.
#
# **Locality.** To find out whether a stroke begins at some place, it is enough to look at the few pixels round it. Each unit is given a small window, its **receptive field**, say 5 × 5 pixels, and no other connections.
#
# **Sharing.** A detector that is useful at one place is useful at all others. So all units use the *same* 25 weights and the same bias, each in its own window.
#
# Count what this saves. A picture of 28 × 28 has 24 × 24 places for a 5 × 5 window. A dense layer from 784 pixels to 576 units holds 452,160 numbers; with windows of their own the 576 units hold 14,976; with shared weights 26, and this number no longer depends on the size of the picture at all.

# %%
demos.LocalOrDense()

# %% [markdown]
# Make the picture larger: the dense count grows with the square of its area, the local one with its area, the shared one not at all. What comes out is again a picture, one number for each place: the **feature map** of this detector. The weights of the detector are its **filter** or **kernel**. A dense layer can be built like this, with hundreds of weights forced to be equal and the others forced to zero; so nothing new can be expressed. What is gained is that far fewer samples are needed to learn it.

# %% [markdown]
# ## A sum of products
#
# Lay the filter $f$ over the picture $x$, multiply what lies on top of each other, add up, write the sum down, move on:
#
# $$ \text{out}[i, j] = \sum_{u} \sum_{v} f[u, v]\; x[i + u,\, j + v] \tag{8.1} $$
#
# with $u, v$ from 0 to $F - 1$ for an $F \times F$ filter; rows and columns are counted from 0, as in code, in the figures and in what `check` says. The window must lie inside the picture; this is the **valid** form, and the map is smaller than the picture.

# %%
demos.SlidingWindow()

# %% [markdown]
# Drag the window. Each number on the right is one sum over one window, and each pixel on the left is used by up to nine windows. Equation (8.1) is called **cross-correlation** by everybody but the people who build these networks, who call it convolution; the difference is a flip of the filter, and since filters are learned it makes none (a later section, [Flip or not](#Flip-or-not-(further)), has both).
#
# Now by hand. Here are a picture of 6 × 6 numbers, a picture with a step, one with two blocks, and a filter of three equal rows, each of them 1, 0, −1:

# %% tags=["nbval-check-output"]
print(experiments.NUMBERS, experiments.STEP, experiments.BLOCK, sep="\n\n")

# %% [markdown]
# Compute the three maps, 4 × 4 numbers each: of the first two pictures under this filter, of the third under the *transposed* one: ones above, zeros in the middle, −1 below. Much repeats; look before you calculate.

# %%
# Exercise 8.1: by hand
### BEGIN SOLUTION
by_hand = {"numbers": [[3, -8, 1, 1], [6, -5, 5, -1], [-1, -3, 5, 6], [-2, 4, 5, 11]],
           "step": [[0, 60, 60, 0]] * 4,
           "block": [[0, 0, 0, 0], [60, 20, -20, -60], [60, 20, -20, -60], [0, 0, 0, 0]]}
### END SOLUTION

# %%
check("8.1", by_hand)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The filter answers 60 where bright pixels lie left of dark ones and 0 where nothing changes: it finds vertical edges, and tells by its sign which side is brighter. The transposed one does the same for horizontal edges; between the two blocks, where both kinds of edge meet in one window, their parts cancel to 20 and −20.
# </details>

# %% [markdown]
# ### What a filter sees
#
# Nine numbers, and many meanings. Choose a filter in the menu, turn its numbers, and watch a photograph under it.

# %%
predict("8.a")

# %% [markdown]
# The names have stayed from image processing:
#
# | filter | rows | answers to |
# |---|---|---|
# | Sobel | 1 0 −1, 2 0 −2, 1 0 −1 | vertical edges, noise smoothed along the edge |
# | Scharr | 3 0 −3, 10 0 −10, 3 0 −3 | the same, more even in all directions |
# | sharpen | 0 −1 0, −1 5 −1, 0 −1 0 | the pixel plus its difference from the four neighbors |
# | box blur | 1/9 everywhere | the mean |
# | Gaussian blur | 1 2 1, 2 4 2, 1 2 1, over 16 | a mean that favors the middle |
# | emboss | −2 −1 0, −1 1 1, 0 1 2 | light from one corner |
#
# The sum of the nine says what becomes of an even gray: sum 0 makes it zero, so only changes remain; sum 1 keeps it; any other sum brightens or darkens the whole picture.

# %% [markdown]
# ### A figure of your own
#
# The sum in (8.1) is linear in the filter: a mixture of two filters gives the same mixture of their maps. So from Sobel's filter and its transpose an edge finder for *any* direction can be mixed, with a cosine and a sine. One slider:

# %%
from ipywidgets import IntSlider

photo = datasets.photograph()[64:192, 96:288] / 255
place = (0, 192, 128, 0)  # left, right, bottom, top

def edges(angle):
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    kernel = cos * ops.KERNELS2D["sobel_x"] + sin * ops.KERNELS2D["sobel_y"]
    response = ops.correlate2d(photo, kernel)
    marks = [live.Image(0, photo[::-1], colors="gray", extent=place),
             live.Image(1, response[::-1], -2, 2, "signed", extent=place)]
    return marks, f"edges seen from {angle} degrees, mean size of the response {np.abs(response).mean():.3f}"

live.interact(edges, angle=IntSlider(0, min=0, max=180), size=(760, 300),
              panels=[("The photograph", "column", "row", place[:2], place[2:]),
                      ("Its edges in one direction", "column", "row", place[:2], place[2:])],
              title="An edge finder that turns", alt="A photograph and the response of an edge filter of one direction.")

# %% [markdown]
# At 0 degrees the columns of the temple light up, at 90 its steps, at 180 the columns again with the signs exchanged. Nobody has to choose such filters in what follows. They are found by descent; but what is found will look familiar.

# %% [markdown]
# ## How large is the map?
#
# A window of $f$ pixels on a row of $n$ has $n - f + 1$ places: the first, and one for each pixel that is left over to move by. Three settings change this count.
#
# - **Padding** $p$: that many zeros are put round the picture, on both sides, so that border pixels get windows of their own. With $p = (f - 1)/2$, odd $f$ and steps of one, the map is as large as the picture: **same** padding. An even window would need one zero more on one side than on the other.
# - **Stride** $s$: the window jumps by $s$ pixels, and the map shrinks by that factor.
# - **Dilation** $d$: the taps of the filter stand $d$ pixels apart, so $f$ taps span $d(f - 1) + 1$ pixels. (Written with a rate $l$: $f + (f - 1)(l - 1)$, the same number.)
#
# All together:
#
# $$ n_{\text{out}} = \left\lfloor \frac{n + 2p - d(f - 1) - 1}{s} \right\rfloor + 1 \tag{8.2} $$

# %%
predict("8.b")

# %% [markdown]
# The brackets round down: a window that would hang over the edge is left out, and the pixels it would have seen are not seen at all. Watch the hollow window. And the 1 counts the first place, which needs no jump; leave it out and every map is a pixel short. Three worked examples in one book are.

# %%
# Exercise 8.2: conv_output_size
def conv_output_size(n, f, p, s, d):
    """Number of places of a window along one axis, equation (8.2).

    n : pixels. f : taps of the filter. p : zeros on each side. s : stride.
    d : dilation. Returns an int.
    """
    ### BEGIN SOLUTION
    return (n + 2 * p - d * (f - 1) - 1) // s + 1
    ### END SOLUTION

# %%
check("8.2", conv_output_size)

# %%
demos.Dilation()

# %% [markdown]
# Dilation widens the view without a single additional weight; the price is the pixels between the taps. Layers with rates 1, 2, 4 fill each other's gaps.

# %% [markdown]
# ### What a unit sees
#
# A unit of the second layer sees a window of the first map, each of whose units sees a window of the picture. Layer by layer the field grows: by $f - 1$ pixels of the map below, and a pixel of that map is worth as many pixels of the picture as all strides so far have jumped,
#
# $$ r = 1 + \sum_{l} (f_l - 1)\, d_l \prod_{k < l} s_k \tag{8.3} $$
#
# For $L$ layers of $F \times F$ with stride 1 this is $1 + L(F - 1)$: linear in depth. Strides multiply.

# %%
predict("8.c")

# %% [markdown]
# The picture is measured, not drawn: of one output the gradient with respect to every input pixel, in a real stack of convolutions. Where it is exactly zero, the output cannot see. The formula gives the outer edge; inside, the pixels in the middle count more, because more paths lead through them. A network has to be deep enough, or jump far enough, to see a whole digit at once.

# %% [markdown]
# ## Channels
#
# A color picture has three numbers a pixel: three **channels**, and the array $x$ the shape $(N, C, H, W)$: samples, channels, rows, columns. A filter gets a slice for every channel, and the products of all slices go into *one* sum. It still moves along two axes only. And a layer has not one filter but $K$ of them, each with a map of its own, so the weights are $w$ $(K, C, F, F)$ and
#
# $$ \text{out}[n, k, i, j] = b_k + \sum_{c, u, v} w[k, c, u, v]\; x[n, c,\, i s + u,\, j s + v] \tag{8.4} $$
#
# after padding, with stride $s$. The $K$ maps are the channels of the next layer.

# %%
predict("8.d")

# %% [markdown]
# Switch single channels off. The map of a filter is the sum of what its slices make of red, green and blue, and a filter with opposite slices answers to color and not to light. The number of parameters, one bias a filter,
#
# $$ (F \cdot F \cdot C + 1)\, K \tag{8.5} $$
#
# does not ask for the size of the picture. From 64 × 64 × 20 to 50 maps by 9 × 9 windows with stride 2: maps of 28 × 28, and 81,050 parameters.

# %%
# Exercise 8.3: conv2d_forward
def conv2d_forward(x, w, b, stride, pad):
    """A convolutional layer, equation (8.4).

    x (N, C, H, W), w (K, C, FH, FW), b (K,); pad zeros on all four sides.
    Returns out (N, K, OH, OW) and the cache (x, w, stride, pad).
    """
    K, _, FH, FW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    ### BEGIN SOLUTION
    OH, OW = (xp.shape[2] - FH) // stride + 1, (xp.shape[3] - FW) // stride + 1
    out = np.zeros((len(x), K, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + FH, j * stride : j * stride + FW]
            out[:, :, i, j] = np.tensordot(window, w, ([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, stride, pad)
    ### END SOLUTION

# %%
check("8.3", conv2d_forward)

# %% [markdown]
# ### Three special filters
#
# **1 × 1.** A window of a single pixel sums over channels only: a dense layer applied at every pixel, with the same weights. From 64 × 64 × 128 to 64 × 64 × 32 it needs 4,128 parameters and mixes channels without blurring anything. It will make large networks affordable.
#
# **Depthwise.** The opposite: each filter sees one channel, and nothing is summed over channels. (One textbook's layer does this by mistake; the listing looks right until a color picture comes.) Depthwise 3 × 3 and then 1 × 1 is called **separable**: from 32 to 64 channels 2,336 weights in place of 18,432. `groups` of `nn.Conv2d` sets how far channels are kept apart.
#
# **Three axes.** In a scan of a body or in a film the window may also move in depth or time: `nn.Conv3d`, $x$ $(N, C, D, H, W)$, one sum over four indices: channel, depth, row and column. A color picture is *not* such a case.

# %%
rng = np.random.default_rng(0)
picture, film = rng.normal(size=(1, 32, 28, 28)), rng.normal(size=(1, 1, 16, 28, 28))
for name, layer, x in (("1 x 1", nn.Conv2d(32, 64, 1, rng=rng), picture),
                       ("depthwise", nn.Conv2d(32, 32, 3, padding=1, groups=32, rng=rng), picture),
                       ("3-D", nn.Conv3d(1, 8, 3, rng=rng), film)):
    print(f"{name:>9}: weights {layer.weight.data.shape}, {x.shape} -> {layer(x).shape}")

# %% [markdown]
# ## Backward
#
# The loss sends back $d_{out}$, one number for each entry of the maps. What did each of them touch? Equation (8.4) is a sum of products, so each product hands the gradient to either factor, times the other one. A weight is used at all places of all samples, and everything adds up:
#
# $$ dw[k, c, u, v] = \sum_{n, i, j} d_{out}[n, k, i, j]\; x[n, c,\, i s + u,\, j s + v] \tag{8.6} $$
#
# $$ db_k = \sum_{n, i, j} d_{out}[n, k, i, j] \tag{8.7} $$

# %% [markdown]
# For the input, do not slide, scatter: each output drops its filter, times its gradient, back into the window it came from,
#
# $$ dx[n, c,\, i s + u,\, j s + v] \mathrel{+}= \sum_k d_{out}[n, k, i, j]\; w[k, c, u, v] \quad \text{for all } i, j \tag{8.8} $$
#
# Windows overlap, hence the `+=`. With padding, $x$ is the padded picture in both formulas; at the end the border is cut off again, since nobody asked for the gradient of zeros.

# %%
# Exercise 8.4: conv2d_backward
def conv2d_backward(dout, cache):
    """Gradients of a convolutional layer, equations (8.6) to (8.8).

    dout (N, K, OH, OW), cache = (x, w, stride, pad) of the forward pass.
    Returns dx (N, C, H, W), dw (K, C, FH, FW), db (K,).
    """
    x, w, stride, pad = cache
    H, W, FH, FW = *x.shape[2:], *w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    ### BEGIN SOLUTION
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, columns = slice(i * stride, i * stride + FH), slice(j * stride, j * stride + FW)
            dw += np.tensordot(dout[:, :, i, j].T, xp[:, :, rows, columns], 1)
            dxp[:, :, rows, columns] += np.tensordot(dout[:, :, i, j], w, 1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))
    ### END SOLUTION

# %%
check("8.4", conv2d_backward)

# %% [markdown]
# The test of every gradient, by central differences (chapter 04), on the library's function and on yours:

# %%
for name, forward, backward in (("library", ops.conv2d_forward, ops.conv2d_backward), ("8.3, 8.4", use("8.3"), use("8.4"))):
    print(f"{name:>8}: relative error {experiments.gradient_error(forward, backward):.1e}")

# %% [markdown]
# *Stop here, if you like: about an hour and a half so far.*

# %% [markdown]
# ## Pooling
#
# A detector says *where* it found its stroke, to the pixel. For reading a digit that is more than we want to know. **Pooling** keeps less: of each window of a map, one number. **Max pooling** takes the largest,
#
# $$ \text{out}[n, c, i, j] = \max_{0 \le u, v < f} x[n, c,\, i s + u,\, j s + v] \tag{8.9} $$
#
# usually with $f = s = 2$, so that a quarter of the numbers remains. Average pooling takes the mean, L2 pooling the root of the sum of squares. Each channel is pooled by itself, and there is nothing to learn.

# %%
predict("8.e")

# %% [markdown]
# The maximum says whether the stroke was found anywhere in the window, the mean how much of it. Move the picture by a single pixel: many pooled values stay, but by no means all. Pooling *tolerates* small shifts; only a shift by a whole stride moves the pooled map exactly.

# %%
# Exercise 8.5: maxpool_forward
def maxpool_forward(x, f, s):
    """Max pooling of windows f x f with stride s, equation (8.9).

    x (N, C, H, W). Returns out (N, C, OH, OW) and the cache (x, f, s).
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - f) // s + 1, (W - f) // s + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * s : i * s + f, j * s : j * s + f].max(axis=(2, 3))
    return out, (x, f, s)
    ### END SOLUTION

# %%
check("8.5", maxpool_forward)

# %% [markdown]
# Backward, only the pixel that won has had any influence, and its slope is one. So it gets all of the gradient, the others nothing:
#
# $$ dx[\text{place of the maximum of window } (i, j)] \mathrel{+}= d_{out}[n, c, i, j] \tag{8.10} $$
#
# If two pixels are equally large, the first in reading order wins, here and in PyTorch; give it to both and the gradient is counted twice. With $f = 3$ and $s = 2$ windows overlap, and one pixel can win in two of them. (Average pooling hands $d_{out}/f^2$ to all.)

# %%
# Exercise 8.6: maxpool_backward
def maxpool_backward(dout, cache):
    """Gradient of max pooling, equation (8.10); the first maximum wins.

    dout (N, C, OH, OW), cache = (x, f, s). Returns dx in the shape of x.
    """
    x, f, s = cache
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        ### BEGIN SOLUTION
        u, v = np.unravel_index(x[n, c, i * s : i * s + f, j * s : j * s + f].argmax(), (f, f))
        dx[n, c, i * s + u, j * s + v] += dout[n, c, i, j]
        ### END SOLUTION
    return dx

# %%
check("8.6", maxpool_backward)

# %% [markdown]
# Two variants. **Global** pooling takes a whole map as its window: one number a channel, whatever the size of the picture, so that a network can take pictures of any size; *adaptive* pooling cuts the map into a fixed number of windows instead. And a convolution with **stride 2** shrinks a map as well, with weights that learn how; newer networks often pool no other way.

# %%
for side in (28, 45):
    maps = np.random.default_rng(0).normal(size=(1, 16, side, side))
    print(side, nn.GlobalAvgPool()(maps).shape, nn.AdaptiveMaxPool2d(7)(maps).shape,
          nn.Conv2d(16, 16, 3, stride=2, padding=1)(maps).shape)

# %% [markdown]
# ## Borders and brightness
#
# Two faults that nobody sees in a shape. The first is at the border. A blur with zero padding averages the picture with a black frame, and the map is dark along its edges. Instead of zeros the border can repeat the outermost pixel (**replicate**), or mirror the picture without that pixel (**reflect**).

# %%
demos.PaddingModes()

# %% [markdown]
# Networks mostly use zeros and learn to live with them; a dark rim even tells a unit where the border is. In image processing it is a blemish.

# %% [markdown]
# ### Padding by hand (further)
#
# `np.pad` knows all three modes. Write it without.

# %%
# Exercise 8.7: pad2d
def pad2d(x, p, mode):
    """A gray picture with p more pixels on every side, without np.pad.

    x (H, W). mode : "zeros"; "replicate", the border pixel again; "reflect",
    mirrored at the border pixel, itself not repeated (p is below H and W).
    """
    ### BEGIN SOLUTION
    H, W = x.shape
    if mode == "zeros":
        out = np.zeros((H + 2 * p, W + 2 * p))
        out[p : p + H, p : p + W] = x
        return out
    places = []
    for n in x.shape:
        k = np.arange(-p, n + p)
        places.append(np.clip(k, 0, n - 1) if mode == "replicate" else n - 1 - np.abs(n - 1 - np.abs(k)))
    return x[np.ix_(*places)]
    ### END SOLUTION

# %%
check("8.7", pad2d)

# %% [markdown]
# ### A blur that darkens
#
# The second fault is brightness. A blur kernel stands in print whose nine numbers add up to 0.85: every picture that goes through it loses 15 percent of its light, and through ten such layers 80 percent. Rescale it.

# %%
# Exercise 8.8: unit_sum
def unit_sum(kernel):
    """The kernel, scaled so that its entries add up to 1.

    kernel (FH, FW) with a sum that is not 0. A new array.
    """
    ### BEGIN SOLUTION
    return kernel / kernel.sum()
    ### END SOLUTION

# %%
check("8.8", unit_sum)

# %%
printed = measured.PRINTED_BLUR
for name, kernel in (("as printed", printed), ("rescaled", use("8.8")(printed))):
    blurred = ops.correlate2d(photo, kernel)
    print(f"{name:>10}: sum {kernel.sum():.2f}, mean brightness {photo[1:-1, 1:-1].mean():.3f} -> {blurred.mean():.3f}")

# %% [markdown]
# The same in a deep network goes by another name: activations that shrink by a factor in every layer (chapter 05). There it is the scale of the start that has to be right.

# %% [markdown]
# ### Five slips in one listing (further)
#
# The layer of 8.3 once more, in loops. Of the lines A to I five are wrong. Each of the slips shows only with a color picture, with padding, or with a stride above 1, and each has stood in print, if not all in one listing.

# %%
# Exercise 8.9: repaired_conv
def repaired_conv(x, w, b, stride, pad):
    """The layer of exercise 8.3 without its cache; five of the lines A to I are wrong."""
    (N, C, H, W), (K, _, FH, FW) = x.shape, w.shape
    ### BEGIN BUGGY
    #| xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad))                        # A
    #| xp[:, :, 2 * pad:, 2 * pad:] = x                                       # B
    #| OH = (H + 2 * pad - FH) // stride + 1                                  # C
    #| OW = (W + pad - FW) // stride + 1                                      # D
    #| out = np.zeros((N, K, OH, OW))
    #| for n, k, i, j in np.ndindex(out.shape):
    #|     top, left = i * stride, j + stride - 1                             # E
    #|     for c in range(C):                                                 # F
    #|         window = xp[n, 0, top:top + FH, left:left + FW]                # G
    #|         out[n, k, i, j] =+ np.sum(window * w[k, c])                    # H
    #|     out[n, k, i, j] += b[k]                                            # I
    ### END BUGGY
    ### BEGIN SOLUTION
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    xp[:, :, pad:pad + H, pad:pad + W] = x
    OH = (H + 2 * pad - FH) // stride + 1
    OW = (W + 2 * pad - FW) // stride + 1
    out = np.zeros((N, K, OH, OW))
    for n, k, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        for c in range(C):
            window = xp[n, c, top:top + FH, left:left + FW]
            out[n, k, i, j] += np.sum(window * w[k, c])
        out[n, k, i, j] += b[k]
    ### END SOLUTION
    return out

# %%
check("8.9", repaired_conv)

# %% [markdown]
# ## Putting layers together
#
# The recipe has hardly changed since 1998. Convolve, cut off the negatives (ReLU), pool; once more, with more maps, since there are more kinds of corners than of edges; then **flatten** the maps $(N, C, H, W)$ into rows $(N, C \cdot H \cdot W)$ and end with dense layers and a softmax, with dropout between them where needed. The first layer finds edges, the next ones corners and arcs, then parts, then objects: a **hierarchy** that nobody programs. (Older networks also normalized the contrast after pooling, equation 7.16.) This is LeNet-5, for digits of 28 × 28:

# %% tags=["nbval-check-output"]
architectures.summary(architectures.LENET5, (1, 28, 28))

# %% [markdown]
# A list of layers is all it takes. `architectures.build` makes a network of `nn` modules of such a list, `convnet.train` trains it with kernels that were written for speed. (The LeNet of 1998 took 32 × 32 pixels, averages and tanh; a padding of 2 gives the same maps.)
#
# Every number of the table can be had by hand. A convolution with maps of $OH \times OW$ makes
#
# $$ K \cdot OH \cdot OW \cdot F \cdot F \cdot C \tag{8.11} $$
#
# multiplications, each with an addition. The network has 61,706 parameters, 96 percent of them in the dense head; of its 416,520 multiply-adds 86 percent are done in the convolutions. **The weights sit in the head, the work is done in the maps.**

# %% [markdown]
# ## Counting
#
# Large networks follow the same rules, so they can be counted before anything is built. The family, about in the order of birth:

# %% tags=["nbval-check-output"]
for name, (layers, shape) in architectures.ARCHITECTURES.items():
    weights, work = architectures.count(layers, shape)
    print(f"{name:>13} {shape!s:>14} {weights:12,} parameters {work / 1e6:9,.1f} million multiply-adds")

# %%
demos.ParameterCounter()

# %% [markdown]
# **AlexNet** won the yearly contest on ImageNet in 2012 by a wide margin: five convolutions and three dense layers, ReLU, local response normalization, dropout 0.5, momentum 0.9, rate 0.01, weight decay 0.0005. Its two halves ran on two graphics cards, since one had not enough memory (**model parallelism**). **VGG** (2014) has 3 × 3 windows only, 13 or 16 layers of them, and keeps nine tenths of its weights in three dense layers. **GoogLeNet** (2014) puts windows of several sizes side by side, and ends in a global average instead of a large head. **ResNet** (2015) adds shortcuts and goes down to 152 layers; **DenseNet** (2016) hands every map on to all later layers of a block; **MobileNet** (2017) is separable from its second layer on and fits a telephone. Inception-ResNet (2016), the sister of Inception v4, joins branches with shortcuts. What is behind these ideas stands in sections of their own, further down.

# %% [markdown]
# Now you. All convolutions have biases. LeNet-5 and AlexNet in full; AlexNet without the biases of its three dense layers (a total that is often copied has forgotten them); the convolutions of VGG-16 alone (`architectures.ALEXNET` and `architectures.VGG16` are the lists of layers); the basic ConvNet of the list, for photographs of 150 × 150 × 3: 32, 64, 128 and 128 maps of valid 3 × 3 windows, each followed by a 2 × 2 pooling, then 512 units and one output.
#
# Then two kinds of blocks. In a **dense block** each layer adds 32 maps to all that it was given; how many channels leave a block of 6 layers that begins with 64? In an **Inception module** branches stand side by side on the same 192 channels: 64 maps of 1 × 1, 128 of 3 × 3, 32 of 5 × 5, and a pooling. How many parameters? And in the reduced version, in which 1 × 1 layers stand before the 3 × 3 (to 96 channels), before the 5 × 5 (to 16) and after the pooling (to 32)?

# %%
# Exercise 8.10: how many parameters
### BEGIN SOLUTION
parameters = {"lenet": 61_706, "alexnet": 62_378_344, "alexnet_no_dense_bias": 62_369_152, "vgg16_base": 14_714_688,
              "convnet": 3_453_121, "dense_block": 64 + 6 * 32,
              "inception": 193 * 64 + (9 * 192 + 1) * 128 + (25 * 192 + 1) * 32,
              "inception_reduced": 193 * (64 + 96 + 16 + 32) + (9 * 96 + 1) * 128 + (25 * 16 + 1) * 32}
### END SOLUTION

# %%
check("8.10", parameters)

# %% [markdown]
# *Stop here, if you like: about two and a half hours so far.*

# %% [markdown]
# ## LeNet in seconds
#
# Now train one. All 8,000 digits, each in six versions: as it is, and five times a little turned, sheared and resized (augmentation, chapter 07); in every batch each is moved by up to a pixel besides. Dropout of 0.3 before the head, Adam, batches of 64, six epochs, the rate lowered along a cosine (chapter 06). The 2,000 held-out digits are used once, at the end.

# %% tags=["nbval-check-output"]
versions = [np.uint8(datasets.augment(digits.X_train, seed, rotation=12, shear=0.2, zoom=0.1)) for seed in range(5)]
layers = (*architectures.LENET5[:7], Dropout(0.3), *architectures.LENET5[7:])
lenet = convnet.train(np.concatenate([digits.X_train, *versions]), np.tile(y, 6), layers, epochs=6, shift=1,
                      schedule=ops.cosine_decay(0.002, 6))
loss, accuracy = lenet.evaluate(digits.X_test, y_test)
print(f"training {lenet.accuracy[-1]:.4f}, held out {accuracy:.4f}, loss {loss:.4f}")

# %% [markdown]
# More than 0.985 of the held-out digits are right, fewer than 30 wrong. The dense network, with 101,770 parameters, had 0.949. Here are the six filters of the first layer.

# %%
fig, axes = style.figure(1, 6, width=7.5, height=1.4)
for k, ax in enumerate(axes):
    figures.heatmap(ax, lenet.params["0.weight"][k, 0], "", "", signed=True)
    ax.set(title=f"filter {k}", xticks=[], yticks=[])
style.show(fig, alt="The six 5 x 5 filters of the first layer as colors: several have a positive and a negative side.")

# %% [markdown]
# Several have a positive and a negative side, each in a direction of its own: edge and stroke finders that nobody wrote down. Now the whole network, layer by layer, while it learns:

# %%
demos.LeNetWalk()

# %% [markdown]
# The first six maps still look like the digit. The sixteen of the second convolution are small and answer to parts; behind the flattening nothing looks like a picture any more. Move the epoch back and see which maps were there from the start.

# %% [markdown]
# ### Draw your own
#
# This network is yours, trained when you run the cell. Draw a digit with the mouse, a finger or the keyboard.

# %%
demos.OwnLeNet()

# %% [markdown]
# Then damage it: switch off a kernel of the first layer, flip one, drag one of its numbers. The accuracy on held-out digits says what the network loses by it. And draw badly. As long as a drawing is brought to the form of the training digits first, cut out, resized and centered, its place does not matter. Give it *as it stands* (under More; the preset *Small, in a corner*), and the same 7 is no 7 any more.

# %%
demos.SampleGallery()

# %% [markdown]
# Show only the wrong ones. A few dozen are left, and over many of them two people would not agree either.

# %% [markdown]
# ## What moves with the picture
#
# Shift the picture, then convolve; or convolve, then shift the map. The same filter meets the same pixels, so the result is the same. With $T$ for a shift:
#
# $$ \text{conv}(T x) = T\, \text{conv}(x) \tag{8.12} $$
#
# This is **equivariance**: the map moves along with the picture. **Invariance** would be an answer that stays. Is there anything like (8.12) for a turned picture?

# %%
predict("8.f")

# %% [markdown]
# For shifts the difference is exactly zero away from the border, where pixels leave the picture. For turns it is not, and neither is it for enlarged pictures; a filter that looks for upright strokes does not find slanted ones. And behind a pooling of stride 2 only a shift by two pixels has a counterpart. In the end a dense head reads *where* the maps are active. So a convolutional network as a whole is invariant to nothing; the question is how much it tolerates.

# %%
predict("8.g")

# %%
fig, ax = style.figure(width=6.5)
shares = {name: (measured.SHIFTS, 100 * np.array(runs)) for name, runs in measured.SHIFTED.items()}
figures.bands(ax, shares, "shift to the right (pixels)", "accuracy (percent)", "mean", "sd", "lower left")
ax.set(title="LeNet loses less by a shift, with and without training for it")
style.show(fig, alt="Accuracy against shift for LeNet and a dense network, each trained with and without shifted digits.")

# %% [markdown]
# Five starts each, with the standard deviation as a band. Three pixels leave the dense network 43 percent and LeNet 80; at five LeNet, too, is down to 35. Trained on digits that move by up to two pixels, both keep what they were shown. At four pixels, which neither has seen, LeNet still reads 92 percent, the dense network 74: what its filters learn at one place they know at all.

# %% tags=["nbval-check-output"]
for title, amounts, table in (("turned by degrees", measured.ANGLES, measured.TURNED),
                              ("times as large", measured.SCALES, measured.SCALED)):
    print(f"{title:>24}", *(f"{amount:6}" for amount in amounts))
    for name, runs in table.items():
        print(f"{name:>24}", *(f"{share:6.1f}" for share in 100 * np.mean(runs, axis=0)))

# %% [markdown]
# A turn tilts each stroke and moves it, another scale stretches it and moves it. As long as the movement is a pixel or two, LeNet takes it as it takes a shift: at 30 degrees it reads 67 percent (the dense network 56), at 0.7 times the size 85 (47). At 60 degrees both are down to about 20, and training with shifts has not helped. What a turn is, neither of them knows. It has to be shown.

# %% [markdown]
# **Open question 8.Q1** (4 points)
#
# A colleague writes: "Our network is convolutional, therefore it does not matter how the part lies under the camera." (a) What is right about this, exactly? (b) What is not? (c) Which two experiments would you run before believing it, and what would you do if they fail?
# ### BEGIN SOLUTION
# Model answer. (a) Each map of a convolution moves along with the picture: shifted input, shifted map, exactly, away from the border and for shifts by a multiple of all strides. So a detector that has been learned at one place works at all others. (b) Equivariance of the maps is not invariance of the answer: a dense head reads places, pooling forgives a pixel or two. Nothing of the kind holds for turned or scaled pictures, where the filters meet other pixels. (c) Take held-out pictures, shift them by 0, 1, 2, ... pixels and turn them by 0, 5, 10, ... degrees, and plot the accuracy over several starts. If it falls too early: train with pictures changed in this way (as far as the label allows), use a global pooling in place of the flattening for shifts, or turn the part upright before the network sees it.
#
# A full answer contains: equivariance to shifts, with a limit such as border or stride (1); not of the whole network (1); not for turning or scale (1); a measurement on transformed held-out pictures, and augmentation or another remedy (1).
# ### END SOLUTION

# %% [markdown]
# ## When to stop
#
# A book trains LeNet-5 on 54,000 digits of the full set, with another 6,000 for validation: Adam, batches of 128, 20 epochs. Its result: 0.9894 of the 10,000 official test digits. You have met its log in chapter 07; here are all rows, each with training loss and accuracy, validation loss and accuracy.

# %% tags=["nbval-check-output"]
for epoch, row in enumerate(measured.PUBLISHED_LOG, 1):
    print(f"epoch {epoch:2}:", *(f"{number:.4f}" for number in row))

# %% [markdown]
# Which epoch's weights should be kept, counted from 1, and why that one: **a** its training loss is the lowest, **b** its validation loss is the lowest, **c** its test accuracy is the highest, **d** after it nothing changes any more? And with a patience of 2 (the run ends after two epochs in a row without a new lowest validation loss): which epoch is kept then, and after which does the run stop?

# %%
# Exercise 8.11: where to stop
### BEGIN SOLUTION
log_read = {"best": 11, "why": "b", "patience_2": 8, "stops": 10}
### END SOLUTION

# %%
check("8.11", log_read)

# %% [markdown]
# The published score is that of the last epoch, whose validation loss is 1.31 times the lowest. Our LeNets had 0.977 in the mean of five starts, on digits as they are; with six versions of each and dropout, more than 0.985. So a seventh of the digits costs about a point, and the two remedies give most of it back. Who wants the full set types `course data mnist`.

# %% [markdown]
# ## Few pictures
#
# Digits are easy, and many. The experiment that every textbook repeats has photographs of cats and dogs. One book trains the basic ConvNet on 1,000 of them, validates on 500, and reports after 30 epochs an accuracy of 0.6596 and a loss of 2.415; then, with augmented pictures and a dropout of 0.5, 0.7237 and 0.550. One run each, and a gain of 6.4 points.
#
# Photographs in such numbers do not fit into memory, so a **generator** feeds the training: it reads a batch of files from folders whose names are the labels, brings them to one size, divides by 255, changes them at random, hands the batch over, and goes on without end. Our stand-ins fit into memory: `datasets.shapes`, disks and triangles of all colors on a cluttered ground, and `datasets.fashion`, ten kinds of clothes. Of the shapes we take 500, of the clothes 1,000, and let augmentation shift and turn them a little, anew in every epoch; shapes are mirrored, too.

# %%
print(f"regression on all pixels: test {experiments.regression_on_pixels():.3f}")
for name in ("nothing", "both"):
    result = experiments.few_pictures("shapes", **experiments.REMEDIES[name])
    print(f"small ConvNet, {name:>7}: training {result['train']:.3f}, test {result['test']:.3f}, loss {result['loss']:.3f}")

# %% [markdown]
# A pixel by itself says little about shape, and the regression is soon at its end; windows do better at once. Now five starts for each, with gains in accuracy compared in pairs:

# %% tags=["nbval-check-output"]
for kind, table in measured.FEW.items():
    none = np.array(table["nothing"]["test"])
    for name, runs in table.items():
        gain = 100 * (np.array(runs["test"]) - none)
        half = 2.78 * gain.std(ddof=1) / np.sqrt(5)
        print(f"{kind:>7}, {name:>22}: test {np.mean(runs['test']):.3f}, loss {np.mean(runs['loss']):.3f}, "
              f"gain {gain.mean():5.2f} +- {half:.2f} points (95 percent)")

# %% [markdown]
# On the shapes augmentation gains 3.7 points and dropout 2.7, and both together are no better than augmentation alone: they mend the same fault. On clothes either gains a little more than one point; the loss falls from 0.68 to 0.48 with both, since a network that is wrong is less sure of it. Mirroring adds nothing here. Look at the set, and you see why: nearly every shoe points to the left, in the test as well. The label would allow a mirrored shoe, but none will ever come.

# %% [markdown]
# The set decides what a number means. MNIST: 60,000 and 10,000 digits of 28 × 28. Fashion-MNIST: the same numbers, clothes. CIFAR-10 and CIFAR-100: 50,000 and 10,000 color photographs of 32 × 32, in 10 or 100 classes. ImageNet: 1.2 million photographs, 1,000 classes. Cats and dogs, hand signs: some thousands. (Iris and mtcars, which stand in such lists, are tables.)

# %% [markdown]
# ### Build your own
#
# Combine layers freely, for the digits again: at most 10,000 parameters and 2,000,000 multiply-adds a digit. The check trains your network for 8 epochs, which takes seconds; at least 0.95 of the held-out digits must be right then. Before you begin, think about where LeNet keeps its weights, and what a third convolution or a larger pooling would do to the head.

# %%
# Exercise 8.12: my_layers
def my_layers():
    """A network for digits 28x28 of your own, at most 10,000 parameters.

    Returns a list of layers of `architectures`: Conv(maps, size, pad=0),
    ReLU(), MaxPool(2), AvgPool(2), Flatten(), Dense(units), Dropout(0.3);
    at the end Dense(10). Convolutions have stride 1.
    """
    ### BEGIN SOLUTION
    return [Conv(8, 5), ReLU(), MaxPool(2), Conv(16, 5), ReLU(), MaxPool(2), Flatten(), Dense(20), ReLU(), Dense(10)]
    ### END SOLUTION

# %%
check("8.12", my_layers)

# %%
architectures.summary(use("8.12")(), (1, 28, 28))

# %% [markdown]
# The core of the chapter ends here. What follows explains the ideas behind the larger networks, each section by itself; the [Summary](#Summary) is at the end.

# %% [markdown]
# ## Back to a larger picture (further)
#
# A network that colors every pixel, or draws a picture, must go from small maps to large ones. The simplest way is **nearest-neighbor upsampling**: each pixel is repeated $f \times f$ times. A way with weights is the **transposed convolution**: each pixel stamps the kernel, times its value, onto a larger canvas, the stamps $s$ pixels apart, and overlapping stamps add up. Padding *takes away* $p$ pixels on each side here, so
#
# $$ n_{\text{out}} = (n - 1)\, s - 2p + f \tag{8.13} $$

# %%
predict("8.i")

# %% [markdown]
# Look at (8.8) again: this is exactly what carries the gradient of a convolution back to its input, and hence the name. It has the shape of an inverse and is none: what a convolution has blurred stays blurred. When $f$ is no multiple of $s$, neighboring pixels get different numbers of stamps, and generated pictures show a checkerboard.

# %%
# Exercise 8.13: transposed_conv2d
def transposed_conv2d(x, w, stride, pad):
    """Every pixel of x stamps its kernel onto a larger canvas, size (8.13).

    x (N, C, H, W), w (C, K, F, F). Returns (N, K, OH, OW) with
    OH = (H - 1) stride - 2 pad + F, OW likewise.
    """
    ### BEGIN SOLUTION
    N, _, H, W = x.shape
    K, F = w.shape[1:3]
    full = np.zeros((N, K, (H - 1) * stride + F, (W - 1) * stride + F))
    for i in range(H):
        for j in range(W):
            rows, columns = slice(i * stride, i * stride + F), slice(j * stride, j * stride + F)
            full[:, :, rows, columns] += np.tensordot(x[:, :, i, j], w, 1)
    return full[:, :, pad:full.shape[2] - pad, pad:full.shape[3] - pad]
    ### END SOLUTION

# %%
check("8.13", transposed_conv2d)

# %%
small = np.arange(4.0).reshape(1, 1, 2, 2)
print(ops.upsample_nearest_forward(small, 2)[0][0, 0])
print(use("8.13")(small, np.ones((1, 1, 2, 2)), 2, 0)[0, 0])

# %% [markdown]
# With a kernel of ones and a stride equal to its width, the two are the same.

# %% [markdown]
# ## Flip or not (further)
#
# In signal processing a convolution of two signals is
#
# $$ (f * g)[i] = \sum_m f[m]\, g[i - m] \tag{8.14} $$
#
# or, for functions of time, $(f * g)(t) = \int f(\tau)\, g(t - \tau)\, d\tau$. One of the two runs backward: it is mirrored, $g(-\tau)$, then moved. (It is not negated; $-g$ is something else.) Correlation, $\sum_m f[m]\, g[i + m]$, does without the mirror.

# %%
predict("8.j")

# %% [markdown]
# What is the flip good for? With it, $f * g = g * f$, and two filters one after the other are one filter, their convolution; probabilities of a sum of two dice are a convolution. A layer needs none of this. It learns its filter, and would learn the mirrored one instead.

# %%
# Exercise 8.14: convolve
def convolve(f, g):
    """The convolution (8.14) of two signals, all places where they overlap.

    f (n,), g (m,). Returns (n + m - 1,); outside of a signal is zero.
    """
    ### BEGIN SOLUTION
    out = np.zeros(len(f) + len(g) - 1)
    for m in range(len(f)):
        out[m:m + len(g)] += f[m] * g
    return out
    ### END SOLUTION

# %%
check("8.14", convolve)

# %%
dice = np.full(6, 1 / 6)
print("two dice, sums 2 to 12:", (36 * use("8.14")(dice, dice)).round(6))

# %% [markdown]
# ## One matrix product (further)
#
# Write every window as a row of a matrix, and every filter as a column; then all sums of a layer are one matrix product, and matrix products are what computers do best:
#
# $$ \text{out} = \text{im2col}(x)\, w^T + b \tag{8.15} $$
#
# with $w$ as $(K, C \cdot F \cdot F)$. The price is memory: each pixel is copied as often as windows see it.

# %%
# Exercise 8.15: im2col
def im2col(x, f, s):
    """The windows of images as rows, for equation (8.15).

    x (N, C, H, W), windows f x f, s pixels apart, no padding.
    Returns (N, OH OW, C f f): windows row by row, in each C first, then its
    rows, then its columns, as in w.reshape(K, -1).
    """
    ### BEGIN SOLUTION
    N, _, H, W = x.shape
    rows, columns = range(0, H - f + 1, s), range(0, W - f + 1, s)
    windows = [x[:, :, i:i + f, j:j + f].reshape(N, -1) for i in rows for j in columns]
    return np.stack(windows, axis=1)
    ### END SOLUTION

# %%
check("8.15", im2col)

# %%
rng = np.random.default_rng(0)
x, w, b = rng.normal(size=(2, 3, 12, 12)), rng.normal(size=(8, 3, 5, 5)), rng.normal(size=8)
columns = use("8.15")(x, 5, 1)
product = (columns @ w.reshape(8, -1).T + b).transpose(0, 2, 1).reshape(2, 8, 8, 8)
print(f"equal: {np.allclose(product, ops.conv2d_forward(x, w, b)[0])}, numbers in x {x.size}, in the rows {columns.size}")

# %% [markdown]
# ## Three small windows (further)
#
# Why has VGG no window above 3 × 3? Compare three layers of 3 × 3, stride 1, with one of 7 × 7, all from 64 to 64 channels: the field that an output sees, and the weights without biases. Then dilate the three by 1, 2 and 4.

# %%
# Exercise 8.16: three small or one large
### BEGIN SOLUTION
stacked = {"field": 7, "field_large": 7, "weights": 27 * 64**2, "weights_large": 49 * 64**2, "field_dilated": 15}
### END SOLUTION

# %%
check("8.16", stacked)

# %% [markdown]
# The same field for $27\, C^2$ in place of $49\, C^2$ weights, and two more ReLUs on the way. Dilated, the same weights see twice as far.

# %% [markdown]
# ## Side by side: Inception (further)
#
# Which window is right, 1 × 1, 3 × 3 or 5 × 5? GoogLeNet takes all, and a pooling, side by side, and stacks their maps; descent decides what it uses. Done plainly this is expensive: a 5 × 5 window on 192 channels is 4,800 products for every output. A 1 × 1 layer before it, down to 16 channels, makes 400 of them.

# %%
demos.InceptionCost()

# %% [markdown]
# In the module that you counted in 8.10 the reduction saves more than half of the weights, and it does so in each of nine modules. To get a gradient into the middle of its 22 layers, GoogLeNet had two **auxiliary heads** there in training, small classifiers whose losses were added; they were cut off afterwards. Batch norm and the shortcuts of the next section have made them superfluous.

# %% [markdown]
# ## Shortcuts: ResNet (further)
#
# More layers should never hurt: the additional ones could do nothing. But a stack of layers cannot easily *learn* to do nothing. A **residual block** makes it the default. It computes what should be added to its input,
#
# $$ y = x + F(x) \tag{8.16} $$
#
# and with $F = 0$ passes everything through. Backward, with $F'$ for the derivative of the block:
#
# $$ dx = dy\,(1 + F'(x)) \tag{8.17} $$
#
# The 1 is the gradient that takes the shortcut; not the whole gradient, but a part that no layer can make vanish. Without it, twenty layers multiply twenty factors $F'$.

# %%
predict("8.h")

# %% [markdown]
# Both networks were trained. With shortcuts the loss falls; without, it stays at $\ln 10$, the loss of guessing, and the gradient shrinks by a factor in every layer on its way to the input. Switch to the spread that suits tanh, and the plain network learns as well: a good start (chapter 05) is one remedy, shortcuts are another, and only the second makes doing nothing easy. Where a block changes the number of channels or the size, a 1 × 1 convolution on the shortcut makes both sides equal (a *projection*). The deep versions use a **bottleneck**: 1 × 1 down to a quarter of the channels, 3 × 3, 1 × 1 up again.

# %%
# Exercise 8.17: residual_backward
def residual_backward(dout, F_backward):
    """Back through y = x + F(x), equation (8.17).

    dout : gradient of y. F_backward : a function, the gradient of F's output
    in, the gradient of F's input out. Returns the gradient of x.
    """
    ### BEGIN SOLUTION
    return dout + F_backward(dout)
    ### END SOLUTION

# %%
check("8.17", residual_backward)

# %%
for skip in (False, True):
    norms = experiments.residual_gradients(depth=20, skip=skip)
    print(f"skip {skip!s:>5}: gradient at the first layer / at the last {norms[0] / norms[-1]:.2g}")

# %% [markdown]
# Twenty blocks of a 3 × 3 convolution and tanh, with 0.6 times the spread that keeps the scale. Without shortcuts hardly more than a hundred-thousandth of the gradient arrives at the input ($0.6^{20}$ is 0.000037, and tanh takes its share); with them it grows on the way, by a factor of 3.7, since twenty shortcuts add up.

# %% [markdown]
# ## Everything is kept: DenseNet (further)
#
# Instead of adding, a dense block *appends*: every layer reads all maps made so far and adds $g$ of its own, the **growth rate**. From $c_0$ channels, after $l$ layers,
#
# $$ c_l = c_0 + l\, g \tag{8.18} $$
#
# so the channels grow linearly, the connections as the square. Since nothing has to be handed on by copying, $g$ may be small, 12 or 32.

# %%
demos.DenseChannels()

# %% [markdown]
# All of these run. The library builds each from its list; with a tenth of the channels or so a laptop has no trouble:

# %%
for name in ("AlexNet", "VGG-16", "GoogLeNet", "ResNet-50", "DenseNet-121", "MobileNet"):
    layers, (channels, height, width) = architectures.ARCHITECTURES[name]
    net = architectures.build(layers, (channels, height, width), width=0.1, rng=np.random.default_rng(0)).eval()
    scores = net(np.random.default_rng(1).normal(size=(1, channels, height, width)).astype(np.float32))
    print(f"{name:>13}: {sum(p.data.size for p in net.parameters()):8,} parameters, scores {scores.shape}")

# %% [markdown]
# ## Moved digits, counted (further)
#
# The claim that opened the chapter, as an exercise. Both networks below were trained on digits as they are. Predict first: at which shift to the right is each of them right on less than half of the test digits?

# %%
plain = experiments.digit_net()
for pixels in range(9):
    moved = experiments.shifted(digits.X_test, pixels)
    dense_share = ops.accuracy(flat.predict(moved.reshape(-1, 784) / np.float32(255)), y_test)
    print(f"{pixels} pixels: dense {dense_share:.3f}, LeNet {plain.evaluate(moved, y_test)[1]:.3f}")

# %% [markdown]
# Give the two shifts, and the reason for the difference: **a** LeNet was trained on shifted digits, too; **b** pooling forgives any shift; **c** shared kernels find the same strokes elsewhere and pooling forgives a pixel or two, but the dense layers behind know places; **d** it has more parameters.

# %%
# Exercise 8.18: shifted digits
### BEGIN SOLUTION
shifted = {"dense": 3, "conv": 5, "why": "c"}
### END SOLUTION

# %%
check("8.18", shifted)

# %% [markdown]
# ## Where it comes from, where it goes (further)
#
# From 1959 on Hubel and Wiesel found cells in the visual cortex of cats that answer to edges of one direction at one place, and others that answer to the same edge anywhere in a small region. Fukushima's neocognitron (1980) copied both kinds as alternating layers. LeCun trained such a network by back-propagation in 1989, on handwritten zip codes; LeNet-5 read checks in 1998. Then came fourteen quiet years, until the contest on ImageNet (ILSVRC) had enough pictures and graphics cards enough speed, and AlexNet won it.
#
# The maps serve for more than one label a picture. **Segmentation** gives every pixel a class (down by strides, up again by transposed convolutions). **Detection** answers with boxes and classes. In **question answering** about pictures the maps are read by a second network that has read the question. Chapter 13 looks inside a trained network and gives its layers to another task.

# %% [markdown]
# ### Find the slip (further)
#
# Five sentences as they stand in print. Each is wrong in one word or number; find it, then unfold.
#
# 1. A convolutional network is invariant to any change of its input.
# 2. Filters of odd size need unequal padding.
# 3. Two filters on a color picture give a two-dimensional output.
# 4. The gradient through a skip connection is 1.
# 5. VGG-16 has 16 convolutional layers.
#
# <details><summary>Answers</summary>
# 1. Its maps are equivariant to shifts, and pooling tolerates small ones. 2. Even ones do. 3. Two filters give two maps: an array with three axes. 4. It is 1 + F′. 5. Thirteen convolutions and three dense layers.
# </details>

# %% [markdown]
# ## Summary
#
# - A convolutional layer assumes that neighbors belong together (locality) and that a detector is useful everywhere (sharing). It has $(F \cdot F \cdot C + 1) K$ parameters, whatever the size of the picture.
# - What it computes is cross-correlation: the filter laid on, products added over window and channels, one map a filter.
# - Size of a map: $\lfloor (n + 2p - d(f - 1) - 1)/s \rfloor + 1$. Field of a unit: $1 + \sum (f_l - 1) d_l \prod s_k$.
# - Backward: $dw$ adds over all places and samples, $dx$ scatters the filter back with `+=`, $db$ is the sum.
# - Max pooling keeps one number a window and sends the gradient to the first maximum. Nothing is learned in it.
# - Weights sit in the dense head, work is done in the maps. 1 × 1 layers change the number of channels cheaply.
# - Maps are equivariant to shifts, away from the border and for multiples of the strides. The whole network tolerates small shifts; turning and scaling it must be taught, by augmentation.
# - Few pictures: augmentation and dropout, judged over several starts; stop at the lowest validation loss.
# - Depth needs shortcuts: $y = x + F(x)$ keeps a gradient alive.

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. Why does a convolutional layer need so few weights, and on what does their number not depend? <details><summary>Answer</summary>Each unit sees a small window only, and all units of a map share their weights. The number depends on the size of the window and the numbers of channels, not on the size of the picture.</details>
# 2. A map of 28 × 28 meets a window of 5 with stride 2 and no padding. How large is the result? <details><summary>Answer</summary>(28 - 5)/2 = 11.5, rounded down 11, and 1 more: 12 × 12. The last column and row are not seen.</details>
# 3. Which pixel gets the gradient of a max pooling, and what if it wins in two windows? <details><summary>Answer</summary>The first maximum of each window, in reading order. In overlapping windows the gradients add up.</details>
# 4. What is the difference between equivariant and invariant? <details><summary>Answer</summary>Equivariant: the output changes along with the input, a shifted picture has a shifted map. Invariant: the output stays the same.</details>
# 5. What is a 1 × 1 convolution good for? <details><summary>Answer</summary>It mixes the channels of each pixel, as a dense layer at every place, and so changes their number cheaply, before or after larger windows.</details>

# %% [markdown]
# **Open question 8.Q2** (4 points)
#
# You have 1,500 photographs of leaves, 64 × 64 in color, of six plants, taken from above in any direction. Sketch a network as a list of layers, with the shapes. How many parameters has it? Which changes do you use as augmentation and which not? How do you decide whether dropout helps?
# ### BEGIN SOLUTION
# Model answer. For example Conv(16, 3, pad=1), ReLU, MaxPool(2): 16 × 32 × 32; Conv(32, 3, pad=1), ReLU, MaxPool(2): 32 × 16 × 16; Conv(64, 3, pad=1), ReLU, MaxPool(2): 64 × 8 × 8; global average: 64; Dense(6). Parameters 448 + 4,640 + 18,496 + 390 = 23,974; with flattening in place of the average the head alone would have 24,582. Leaves seen from above may be turned by any angle and mirrored, shifted, scaled a little and brightened; not so much changed in color that one plant looks like another. Cut into training, validation and test set after shuffling, all photographs of one leaf in the same set. Dropout: train with and without it from five starts on the same cut, compare the validation loss in pairs, give mean and spread of the difference; the test set is opened once, for the final choice.
#
# A full answer contains: a working list with shapes (1); the right number of its parameters (1); turning and mirroring with a reason, one change that is not allowed (1); several starts in pairs on validation data (1).
# ### END SOLUTION
