"""The commands of the pipeline: start, watch, results, predict, demo, verify.

They speak to AWS and to the embedded AWS alike: both are an endpoint to boto3.
"""
