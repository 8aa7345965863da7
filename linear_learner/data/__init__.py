"""What is trained on: records, from arrays or from the files of a channel."""
