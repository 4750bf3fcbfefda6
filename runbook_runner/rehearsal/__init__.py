"""Walks through runbooks that touch no system: the real `decide` and `drive`, with a scenario behind every port."""
