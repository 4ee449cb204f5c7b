"""The chapters: a folder each, named `chNN_topic`, with all that belongs to the chapter but its text.

A folder is a chapter by being here. What may lie in it: `exercises` (`EXERCISES`), `predictions` (`PREDICTIONS`),
`demos` (live figures) and `experiments` (published results, one function each), a module or a package each, and
`calls.py` (how answers are put to work: the one file of a chapter that enters the grader's sandbox). Chapters do not
import each other; what two of them ask for stands in `shared.py`.
"""
