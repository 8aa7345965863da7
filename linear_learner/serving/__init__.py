"""``serve``: ``/ping`` and ``/invocations`` of SageMaker's container contract."""
