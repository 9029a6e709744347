#!/usr/bin/env python3
"""What scikit-learn's ridge classifier says on small cases; src/evidence/ridge.rs is compared with it to 1e-8.

    pip install numpy scikit-learn
    python benches/ridge_reference.py          writes src/evidence/ridge_reference.json
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

TARGET = pathlib.Path(__file__).parent.parent / "src/evidence/ridge_reference.json"
STRENGTHS = [0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0]


def case(name, images, features, classes, seed, spread, constant=False):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, images - classes)])
    centres = rng.normal(size=(classes, features))
    scales = 10.0 ** rng.uniform(-2, 2, features)

    def draw(labels):
        drawn = (centres[labels] + spread * rng.normal(size=(len(labels), features))) * scales + scales
        if constant:
            drawn[:, 1] = 0.75
        # Exact as 32-bit floats, which is what the program gets.
        return np.float64(np.float32(np.round(drawn, 3)))

    train, test = draw(labels), draw(rng.integers(0, classes, 8))
    ridge = RidgeClassifierCV(alphas=STRENGTHS, store_cv_results=True)
    model = make_pipeline(StandardScaler(), ridge).fit(train, labels)
    errors = ridge.cv_results_.reshape(-1, len(STRENGTHS)).mean(axis=0)
    scores = model.decision_function(test)
    if scores.ndim == 1:  # of two classes it gives the score of the second
        scores = np.stack([-scores, scores], axis=1)
    return {
        "name": name,
        "features": train.tolist(),
        "labels": labels.tolist(),
        "strength": float(ridge.alpha_),
        "errors": errors.tolist(),
        "held_out": test.tolist(),
        "scores": scores.tolist(),
        "classes": model.predict(test).tolist(),
    }


CASES = [
    case("three classes", 24, 4, 3, 1, 1.0),
    case("two classes and a constant feature", 15, 4, 2, 2, 1.5, constant=True),
    case("more features than images", 10, 14, 4, 3, 0.5),
    case("noise", 20, 3, 5, 4, 9.0),
]
VERSIONS = {"numpy": np.__version__, "scikit-learn": sklearn.__version__}
lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in CASES)
TARGET.write_text(f'{{"versions":{json.dumps(VERSIONS)},"cases":[\n{lines}\n]}}\n')
