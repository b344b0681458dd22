"""Whole cases, played by people, thieves and operators against real servers."""
