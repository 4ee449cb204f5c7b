"""Numbers that took minutes to measure; plain data. What measures them stands beside each."""

#: Steps of a sequence of the adding problem; error of five starts of each cell. Measured by `experiments.added`.
LENGTHS = (10, 20, 30, 40, 60, 80)
ADDED = {
    "RNN": ((0.0262, 0.0249, 0.991, 0.965, 0.957, 0.993), (0.00949, 0.0508, 0.038, 0.0851, 0.992, 1.0),
            (0.0145, 0.0279, 0.0692, 0.983, 0.836, 0.968), (0.00723, 0.0351, 0.96, 1.01, 0.896, 1.21),
            (0.0202, 0.0637, 0.0793, 0.965, 0.97, 1.07)),
    "LSTM": ((0.00119, 0.00193, 0.00525, 0.00617, 0.0051, 0.0049), (0.00504, 0.00171, 0.0046, 0.00502, 0.00395, 0.005),
             (0.000851, 0.00728, 0.00404, 0.00388, 0.00219, 0.00448),
             (0.00205, 0.0146, 0.00791, 0.00656, 0.0122, 0.0115), (0.00105, 0.00423, 0.003, 0.00585, 0.0121, 0.00308)),
    "GRU": ((0.00111, 0.00143, 0.00269, 0.00185, 0.00184, 0.00242),
            (0.000647, 0.000988, 0.0125, 0.00213, 0.00414, 0.00367),
            (0.00102, 0.000881, 0.00104, 0.00257, 0.00137, 0.00202),
            (0.000613, 0.000915, 0.00172, 0.00128, 0.00201, 0.00289),
            (0.000661, 0.0019, 0.00109, 0.00363, 0.00154, 0.00343)),
}

#: Held-out nats a character of five starts after 1,500 steps, about as many parameters each. Measured by
#: `experiments.compared`.
COMPARED = {
    "RNN": (1.989, 1.953, 1.954, 1.970, 1.966),
    "LSTM": (1.701, 1.684, 1.701, 1.697, 1.688),
    "GRU": (1.695, 1.716, 1.697, 1.693, 1.695),
}

#: Held-out nats of three starts of an LSTM of 64 units and a GRU of 77, by the rate. Measured by
#: `recurrent.train_text(play, cell, units, steps=1000, lr=rate, seed=seed)`.
TWO_CELLS = {
    "lstm": {0.005: (1.9941, 2.0023, 1.9732), 0.01: (1.8804, 1.9010, 1.8891)},
    "gru": {0.005: (1.8139, 1.8049, 1.8021), 0.01: (1.7549, 1.7616, 1.7607)},
}

#: Held-out nats of five starts before and after the rate is lowered. Measured by `experiments.lowered`.
LOWERED = ((1.688, 1.627), (1.706, 1.633), (1.687, 1.627), (1.700, 1.635), (1.710, 1.643))

#: Held-out nats after every 250 steps of a GRU of 256 units at a rate of 0.002, and its training loss at the end:
#: `recurrent.train_text(play, "gru", 256, steps=4000, lr=0.002)`.
BY_HEART = (2.125, 1.944, 1.840, 1.776, 1.729, 1.705, 1.690, 1.682, 1.693, 1.675, 1.702, 1.690, 1.739, 1.782, 1.753,
            1.803)
BY_HEART_TRAINING = 1.288
