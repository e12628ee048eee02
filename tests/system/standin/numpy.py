"""Stands in for numpy where it is not installed: as much as Google Benchmark's compare.py asks of it."""


class array(list):
    def any(self):
        return any(self)
