#!/usr/bin/env python3
"""Writes svm-fixture.json: what scikit-learn's SVC says of synthetic embeddings, to hold Visage's libsvm against.

    python3 -m venv /tmp/sk && /tmp/sk/bin/pip install numpy==2.4.6 scikit-learn==1.9.1
    /tmp/sk/bin/python Tests/RecognitionTests/make_svm_fixture.py

Needed only to make the fixture anew. Six people of four to eight embeddings each, close enough together that some
probes fall to the wrong person; the training rows are shuffled, so that the order of first appearance is not that of the names.
scikit-learn removes `probability` in 1.11.
"""

import json
import warnings
from pathlib import Path

import numpy
from sklearn.svm import SVC

PEOPLE = ["Zara", "Adam", "Miriam", "Bruno", "Yusuf", "Clara"]
DIMENSION, TRAINING, PROBES = 128, [8, 5, 6, 8, 4, 8], 10

random = numpy.random.Generator(numpy.random.PCG64(7))


def embeddings(center, count):
    raw = center + random.normal(0, 3, (count, DIMENSION))
    return numpy.round(raw / numpy.linalg.norm(raw, axis=1, keepdims=True), 5)


def unit(rows):
    """What `Embedding(normalizing:)` makes of the numbers in the file."""
    rows = rows.astype(numpy.float32)
    return (rows / numpy.linalg.norm(rows, axis=1, keepdims=True)).astype(numpy.float64)


centers = random.normal(0, 1, (len(PEOPLE), DIMENSION))
training = numpy.concatenate([embeddings(center, count) for center, count in zip(centers, TRAINING)])
probes = numpy.concatenate([embeddings(center, PROBES) for center in centers])
names = numpy.repeat(numpy.array(PEOPLE), TRAINING)
order = random.permutation(len(training))
training, names = training[order], names[order]

classifier = SVC(
    kernel="linear", probability=True, class_weight="balanced", decision_function_shape="ovo", random_state=0
)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)
    classifier.fit(unit(training), names)
assert list(classifier.classes_) == sorted(PEOPLE)
said = classifier.predict(unit(probes))
wrong = int((said != numpy.repeat(numpy.array(PEOPLE), PROBES)).sum())
print(f"{wrong} of {len(probes)} probes fall to the wrong person")
assert 3 <= wrong <= 20, "neither trivial nor hopeless"

fixture = {
    "made_by": "make_svm_fixture.py",
    "labels": [str(name) for name in classifier.classes_],
    "training": [{"name": str(name), "values": row.tolist()} for name, row in zip(names, training)],
    "probes": [
        {"label": str(label), "decision": [round(float(value), 7) for value in values], "values": row.tolist()}
        for label, values, row in zip(said, classifier.decision_function(unit(probes)), probes)
    ],
}
path = Path(__file__).with_name("svm-fixture.json")
path.write_text(json.dumps(fixture, separators=(",", ":")).replace('},{', '},\n{') + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
