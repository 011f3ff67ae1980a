"""Runs Splink on one of the data: `run_splink.py DATASET OUT FILE...`.

Writes OUT/entities.csv (`source,record_id,entity_id`), the connected components at match probability
0.95, and OUT/pairs.csv (`weight,record,record`), the scored pairs that other thresholds may join.
OUT/pairs_seconds.txt says how long pairs.csv took, which is no part of the job that is timed, and
OUT/training_seconds.txt how long the training.
"""
import sys
import time
from pathlib import Path

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator

from load import load
from splink_settings import SEED, SETTINGS

THRESHOLD = 0.95
# A pair below one in a thousand is joined by no threshold that anybody would choose.
LOWEST_WEIGHT = -10


def train(linker, settings):
    training = linker.training
    training.estimate_probability_two_random_records_match(list(settings.prior_rules), recall=settings.prior_recall)
    training.estimate_u_using_random_sampling(max_pairs=settings.u_pairs, seed=SEED)
    for rule in settings.em_rules:
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=settings.em_ignores_tf, max_pairs=settings.em_pairs
        )


def main(name, out, files):
    settings = SETTINGS[name]
    connection = duckdb.connect()
    resolve(connection, load(connection, name, files, settings.link_type == "dedupe_only"), settings, out)


def resolve(connection, tables, settings, out):
    """Trains, predicts, clusters and writes the files: all that is done to one of the data."""
    api = DuckDBAPI(connection=connection)
    linker = Linker(
        [api.register(table) for table in tables],
        SettingsCreator(
            link_type=settings.link_type,
            comparisons=settings.comparisons(),
            blocking_rules_to_generate_predictions=list(settings.blocking),
        ),
    )
    started = time.monotonic()
    train(linker, settings)
    Path(out, "training_seconds.txt").write_text(str(time.monotonic() - started))
    scored = linker.inference.predict()
    entities = linker.clustering.cluster_pairwise_predictions_at_threshold(
        scored, threshold_match_probability=THRESHOLD
    )
    connection.execute(
        f"copy (select source, record_id, cluster_id as entity_id from {entities.physical_name} order by all) "
        f"to '{out}/entities.csv' (header)"
    )
    started = time.monotonic()
    connection.execute(
        f"copy (select match_weight, unique_id_l, unique_id_r from {scored.physical_name} "
        f"where match_weight >= {LOWEST_WEIGHT}) to '{out}/pairs.csv' (header)"
    )
    Path(out, "pairs_seconds.txt").write_text(str(time.monotonic() - started))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
