"""The errors that the functions raise on purpose, all of them.

Step Functions shows the name of the class as the Error of a failed execution
and the message as its Cause, so both are written for the person who reads
them there. What a dataset's content is refused for has a class of its own in
`data_prep`. Anything else that is raised is unexpected, and propagates.
"""


class PipelineError(Exception):
    """Something that a person has to mend, or to try again."""


class InputRefused(PipelineError):  # noqa: N818 - the name is what a console user reads
    """The input of the execution names what does not exist, or asks for what is not allowed."""


class DatasetMissing(PipelineError):  # noqa: N818 - as above
    """The dataset does not exist, or the pipeline may not read it."""


class DatasetRefused(PipelineError):  # noqa: N818 - as above
    """The dataset is not the one that was asked for, or too large."""


class DatasetChanged(PipelineError):  # noqa: N818 - as above
    """The dataset was replaced while it was read: try again."""


class InferenceFailed(PipelineError):  # noqa: N818 - as above
    """An endpoint did not answer records as it should."""
