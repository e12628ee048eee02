"""Replaces numpy if it is not installed: the part that Google Benchmark's compare.py uses."""


class array(list):
    def any(self):
        return any(self)
