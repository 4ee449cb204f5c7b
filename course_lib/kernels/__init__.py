"""Compiled loops: plain arrays in, results written into `out`. One topic a file; callers validate and allocate."""
