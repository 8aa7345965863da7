"""Artifacts laid out byte by byte as the built-in algorithm's, without our writer."""

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

BINARY = (
    '{"threshold": 0.030055724084377289, "loss_type": "logistic", "metrics_params": '
    '{"eps_insensitive_loss_type": null, "class_weights": null, "huber_delta": null, '
    '"quantile": null, "loss_insensitivity": null, "positive_example_weight_mult": 1.0, '
    '"accuracy_top_k": 3, "threshold": 0.030055724084377289, "f_beta": 1.0, "margin": null}, '
    '"predictor_type": "binary_classifier"}'
)
REGRESSOR = (
    '{"threshold": 0.5, "loss_type": "squared_loss", "metrics_params": '
    '{"eps_insensitive_loss_type": null, "class_weights": null, "huber_delta": null, '
    '"quantile": null, "loss_insensitivity": null, "positive_example_weight_mult": null, '
    '"accuracy_top_k": null, "threshold": 0.5, "f_beta": null, "margin": null}, '
    '"predictor_type": "regressor"}'
)
MULTICLASS = (
    '{"threshold": 0.5, "loss_type": "softmax_loss", "metrics_params": '
    '{"eps_insensitive_loss_type": null, "class_weights": [1.0, 2.0, 0.5], "huber_delta": null, '
    '"quantile": null, "loss_insensitivity": null, "positive_example_weight_mult": null, '
    '"accuracy_top_k": 3, "threshold": 0.5, "f_beta": 1.0, "margin": null}, '
    '"predictor_type": "multiclass_classifier"}'
)
MANIFEST = '{"additional-params.json": "json", "mx-mod": "mxnet_module", "version": 1}'


def changed(parameters: str, **values: object) -> str:
    """Return parameters with some of them, or of ``metrics_params``, replaced."""
    read = json.loads(parameters)
    for name, value in values.items():
        (read["metrics_params"] if name in read["metrics_params"] else read)[name] = value
    return json.dumps(read)


def params(
    arrays: Sequence[tuple[str, Any]], *, dtype: int = 0, numpy_type: str = "<f4", device: int = 1
) -> bytes:
    """Lay out MXNet's file of arrays."""
    content = struct.pack("<QQQ", 0x112, 0, len(arrays))
    for _, values in arrays:
        array = np.asarray(values, numpy_type)
        content += struct.pack("<IiI", 0xF993FAC9, 0, array.ndim)
        content += b"".join(struct.pack("<q", size) for size in array.shape)
        content += struct.pack("<iii", device, 0, dtype) + array.tobytes()
    content += struct.pack("<Q", len(arrays))
    for name, _ in arrays:
        content += struct.pack("<Q", len(name)) + name.encode()
    return content


def symbol(features: int, outputs: int, operator: str, suffix: int = 57) -> str:
    """Lay out MXNet's graph."""
    null: list[object] = []
    nodes: list[dict[str, object]] = [
        {"op": "null", "name": "data", "inputs": null},
        {
            "op": "null",
            "name": "fc0_weight",
            "attrs": {"__shape__": f"({features}, {outputs})"},
            "inputs": null,
        },
        {"op": "dot", "name": f"dot{suffix}", "inputs": [[0, 0, 0], [1, 0, 0]]},
        {
            "op": "null",
            "name": "fc0_bias",
            "attrs": {"__lr_mult__": "10.0", "__shape__": f"(1, {outputs})"},
            "inputs": null,
        },
        {
            "op": "broadcast_add",
            "name": f"broadcast_plus{suffix}",
            "inputs": [[2, 0, 0], [3, 0, 0]],
        },
        {"op": "null", "name": "out_label", "inputs": null},
        {
            "op": operator,
            "name": f"{operator.lower()}{suffix}",
            "inputs": [[4, 0, 0], [5, 0, 0]],
        },
    ]
    graph = {
        "nodes": nodes,
        "arg_nodes": [0, 1, 3, 5],
        "node_row_ptr": [0, 1, 2, 3, 4, 5, 6, 7],
        "heads": [[6, 0, 0]],
        "attrs": {"mxnet_version": ["int", 10301]},
    }
    return json.dumps(graph, indent=2, separators=(", ", ": "))


def stored_zip(members: Mapping[str, bytes], *, descriptors: bool = False) -> bytes:
    """Lay out an uncompressed zip; with data descriptors, as a writer that cannot seek does."""
    content, directory = b"", b""
    for name, data in members.items():
        flags = 8 if descriptors else 0
        checked = struct.pack("<III", zlib.crc32(data), len(data), len(data))
        told = bytes(12) if descriptors else checked
        head = struct.pack("<HHHHH", 20, flags, 0, 0, 0x4D21)
        offset = len(content)
        content += b"PK\3\4" + head + told + struct.pack("<HH", len(name), 0) + name.encode()
        content += data + (b"PK\7\10" + checked if descriptors else b"")
        tail = struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0o600 << 16, offset)
        directory += b"PK\1\2" + struct.pack("<H", 0x0314) + head + checked + tail + name.encode()
    count = len(members)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(content), 0)
    return content + directory + b"PK\5\6" + end


def real(parameters: str, arrays: bytes, graph: str = "{}", **options: bool) -> bytes:
    """Lay out ``model_algo-1``."""
    members = {
        "additional-params.json": parameters.encode(),
        "manifest.json": MANIFEST.encode(),
        "mx-mod-symbol.json": graph.encode(),
        "mx-mod-0000.params": arrays,
    }
    return stored_zip(members, **options)
