"""The pipeline's functions: a folder each, with a thin ``handler.py`` and the logic beside it.

What they need, measured with all of MNIST against the embedded AWS on one of
two shared x86-64 processors; peak is the resident memory of the whole process,
of which some 65 MB are Python, pydantic, boto3 and the tracer:

============  =======  =======  ==============================================
function      peak MB  seconds  what decides
============  =======  =======  ==============================================
CheckInput         63     0.01  the imports, 0.4 s when cold
Ingest             79      0.4  20 MB read once, a chunk of 1 MB at a time
Prepare           441      2.4  the dataset as float32, twice while it is read
Judge              62     0.01  the imports
Evaluate          143      0.7  the test records, 32 MB, and four requests
Promote            98      0.3  100 records to replay; never waits
Collect            80      0.3  SageMaker's lists; never waits
============  =======  =======  ==============================================
"""
