"""Lists of what an account really has, for questions that can be answered from one. Each may fail: then a person types
the answer, and reads why."""
