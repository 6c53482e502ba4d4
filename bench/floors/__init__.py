"""Yardsticks: the least that could be done, and what a first draft would do."""
