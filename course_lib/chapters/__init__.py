"""The chapters: a folder each, named `chNN_topic`, with all that belongs to the chapter but its text.

A folder with such a name is a chapter by being here; two of one number are an error. What may lie in it: `exercises`
(`EXERCISES`), `predictions` (`PREDICTIONS`), `demos` (live figures), `experiments` (published results, one function
each), a module or a package each, and `calls` (how answers are put to work: all of a chapter that enters the grader's
sandbox). Chapters do not import each other; what two of them ask for stands in `shared.py`.
"""
