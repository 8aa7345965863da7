"""An embedded SageMaker: jobs that train, endpoints that serve.

Of the AWS around it, it knows `local_aws.platform.Platform` alone. What it
answers is shaped by botocore's own model of the API; what runs in its
containers are subprocesses behind SageMaker's container contract.
"""
