"""Datasets in; split, shuffled, inspected recordIO-protobuf shards out.

A pure library on numpy: what prepares data in the pipeline does so in a
notebook too.

- `data_prep.datasets.load` reads MNIST's files, whatever their format.
- `data_prep.inspection.inspect` says what is in a dataset.
- `data_prep.labels.binary_labels` turns classes into the two that the model tells apart.
- `data_prep.shards.write_shards` writes a split as recordIO-protobuf.
- `data_prep.recordio` is the format's writer and reader by themselves.
- `data_prep.display.show_digit` draws a record.
"""
