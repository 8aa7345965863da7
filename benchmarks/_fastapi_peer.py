"""The peers of `benchmarks.serving`: a scikit-learn model behind FastAPI, as people write it.

``LOADER`` in the environment says what reads the CSV: numpy's loadtxt, or
polars, the fastest of the readers for tables. ``MODEL`` is a folder with the
coefficients.
"""

import io
import os
from typing import Any

import numpy as np
from fastapi import FastAPI, Request
from sklearn.linear_model import LogisticRegression

app = FastAPI()
_model: Any = LogisticRegression()
_model.classes_ = np.array([0, 1])
_model.coef_ = np.load(os.environ["MODEL"] + "/coefficients.npy")
_model.intercept_ = np.zeros(1)

if os.environ["LOADER"] == "polars":
    import polars as pl

    def load(body: bytes) -> np.ndarray:
        return pl.read_csv(body, has_header=False).to_numpy()
else:

    def load(body: bytes) -> np.ndarray:
        return np.loadtxt(io.BytesIO(body), delimiter=",", ndmin=2)


@app.get("/ping")
async def ping() -> None:
    """Say that it is there."""


@app.post("/invocations")
async def invocations(request: Request) -> dict[str, list[dict[str, float]]]:
    """Answer CSV with JSON."""
    scores = _model.predict_proba(load(await request.body()))[:, 1]
    return {
        "predictions": [
            {"score": score, "predicted_label": int(score >= 0.5)} for score in scores.tolist()
        ]
    }
