"""The tenant's policy: the document, what is weaker, and the doors that change it."""
