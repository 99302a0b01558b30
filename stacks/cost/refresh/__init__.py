"""Reads list prices anew from the clouds' own lists.

Amazon's are public files; Google's list wants an API key or a login. Both were written against the published shapes of
these lists and are tested against local servers that answer in them.
"""
