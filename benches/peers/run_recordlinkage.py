"""Runs the Python Record Linkage Toolkit: `run_recordlinkage.py example|ecm DATASET OUT FILE...`.

Writes OUT/entities.csv (`source,record_id,entity_id`), the connected components of the matches.
"""
import sys

import duckdb
import numpy
import recordlinkage
from recordlinkage.index import Block
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from load import load
from recordlinkage_settings import SETTINGS


def frames(dataset, settings, files):
    """Data frames with a column for each block key that is not a column yet, indexed by unique_id."""
    connection = duckdb.connect()
    keys = {key for block in settings.blocks for key in block if "(" in key}
    made = "".join(f', {key} as "{key}"' for key in sorted(keys))
    tables = load(connection, dataset, files, one_table=not settings.two_files)
    return [table.project(f"*{made}").df().set_index("unique_id").sort_index() for table in tables]


def matches(settings, tables):
    indexer = recordlinkage.Index([Block(block) for block in settings.blocks])
    candidates = indexer.index(*tables)
    agreements = recordlinkage.Compare(list(settings.comparisons)).compute(candidates, *tables)
    if settings.weights:
        classifier = recordlinkage.LogisticRegressionClassifier(
            coefficients=settings.weights.coefficients, intercept=settings.weights.intercept
        )
        return classifier.predict(agreements)
    return recordlinkage.ECMClassifier(binarize=0.5).fit_predict(agreements)


def main(method, dataset, out, files):
    settings = SETTINGS[method][dataset]
    tables = frames(dataset, settings, files)
    links = matches(settings, tables)
    records = numpy.concatenate([table.index.to_numpy() for table in tables])
    number = {record: i for i, record in enumerate(records)}
    ends = [[number[record] for record in links.get_level_values(side)] for side in (0, 1)]
    graph = coo_matrix((numpy.ones(len(links)), ends), shape=(len(records), len(records)))
    entities = connected_components(graph, directed=False)[1]
    with open(f"{out}/entities.csv", "w", encoding="utf-8") as file:
        print("source,record_id,entity_id", file=file)
        for record, entity in zip(records, entities, strict=True):
            print(record.replace(":", ",", 1), entity, sep=",", file=file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
