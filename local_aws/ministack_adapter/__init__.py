"""ministack, made to behave as AWS does where the pipeline can tell the difference.

Everything that knows a private name of ministack is in this package. A module
holds the corrections of one service; each says what AWS does and what
ministack does instead, and has a test over HTTP in ``tests/e2e/adapter``.
"""
