"""Numbers that others have published and that the chapters take up."""

HAND_SIGNS = ("cool", "fist", "ok", "stop", "yo")
#: model -> confusion matrix of its answers to 50 pictures of each of the five hand signs, rows true. Chapter 02.
HAND_SIGN_TABLES = {
    "1": ((26, 0, 4, 3, 17), (0, 48, 0, 2, 0), (0, 0, 50, 0, 0), (0, 0, 0, 50, 0), (0, 0, 0, 0, 50)),
    "2": ((35, 0, 4, 4, 7), (0, 48, 0, 2, 0), (0, 0, 50, 0, 0), (0, 0, 0, 50, 0), (0, 0, 0, 2, 48)),
    "3": ((40, 0, 3, 2, 5), (0, 49, 0, 1, 0), (0, 0, 50, 0, 0), (0, 0, 0, 50, 0), (0, 0, 0, 3, 47)),
    "4": ((38, 0, 2, 4, 6), (0, 47, 0, 3, 0), (0, 0, 50, 0, 0), (0, 0, 0, 50, 0), (0, 0, 0, 1, 49)),
    "4 fine-tuned": ((50, 0, 0, 0, 0), (0, 50, 0, 0, 0), (0, 0, 50, 0, 0), (0, 1, 0, 49, 0), (0, 0, 0, 0, 50)),
}
