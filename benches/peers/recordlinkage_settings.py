"""What the Python Record Linkage Toolkit is told about each of the data.

It has documented examples for FEBRL: github.com/J535D165/recordlinkage, examples/dedup_deterministic.py
and linking_deterministic.py, whose weights its authors chose by hand. They are one row of the table
(`Weights`). The other is its classifier that needs no labels, ECM (docs/guides/classifiers.rst), on
comparisons of ours in the manner of its guides, as agreements: `exact` or a similarity from 0.85 up.
"""
from dataclasses import dataclass

from recordlinkage.compare import Exact, String


@dataclass(frozen=True)
class Weights:
    """A linear score of agreements; a pair with a positive one is a match."""

    intercept: float
    coefficients: tuple
    origin: str


@dataclass(frozen=True)
class Settings:
    """`blocks` are lists of SQL expressions a pair agrees on; `comparisons` make agreements of 0 or 1.

    `weights` are those of an example, None for ECM. With `two_files` only pairs across files count.
    """

    blocks: tuple
    comparisons: tuple
    weights: Weights | None = None
    two_files: bool = False


def exact(column):
    return Exact(column, column, label=column)


def similar(column, method="jarowinkler", threshold=0.85):
    return String(column, column, method=method, threshold=threshold, label=f"{column} {method} {threshold}")


FEBRL_EXAMPLE = (
    exact("given_name"),
    similar("surname"),
    exact("date_of_birth"),
    exact("suburb"),
    exact("state"),
    similar("address_1", "levenshtein"),
    similar("address_2", "levenshtein"),
)


def febrl_example(weights, soc_sec_id=True, two_files=False):
    blocks = (["given_name"], ["surname"], *([["soc_sec_id"]] if soc_sec_id else []))
    return Settings(blocks, FEBRL_EXAMPLE, weights, two_files)


def febrl_ecm(soc_sec_id=True, two_files=False):
    number = ([["soc_sec_id"]], [similar("soc_sec_id", "damerau_levenshtein", 0.7)]) if soc_sec_id else ([], [])
    return Settings(
        blocks=(["given_name"], ["surname"], ["date_of_birth"], ["postcode"], *number[0]),
        comparisons=(
            similar("given_name"),
            similar("surname"),
            similar("date_of_birth", "damerau_levenshtein"),
            exact("street_number"),
            similar("address_1", "levenshtein"),
            similar("address_2", "levenshtein"),
            similar("suburb", "levenshtein"),
            exact("postcode"),
            exact("state"),
            *number[1],
        ),
        two_files=two_files,
    )


DEDUPLICATE = Weights(-9.5, (2.0, 3.0, 7.0, 6.0, 2.5, 5.0, 5.5), "examples/dedup_deterministic.py")
LINK = Weights(-11.0, (1.5, 1.5, 8.0, 6.0, 2.5, 6.5, 5.0), "examples/linking_deterministic.py")

# Splink's blocks but three: with no more than names or half a postcode in common, ECM joins chains of strangers.
HISTORICAL_50K = Settings(
    blocks=(
        ["surname", "dob"],
        ["first_name", "dob"],
        ["postcode_fake", "first_name"],
        ["postcode_fake", "surname"],
        ["dob", "birth_place"],
        ["substr(postcode_fake,1,3)", "dob"],
        ["substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"],
    ),
    comparisons=(
        similar("first_name"),
        similar("surname"),
        similar("dob", "damerau_levenshtein", 0.9),
        exact("postcode_fake"),
        similar("birth_place"),
        exact("occupation"),
    ),
)

FAKE_1000 = Settings(
    blocks=(["first_name"], ["surname"], ["dob"], ["email"]),
    comparisons=(
        similar("first_name"), similar("surname"), similar("dob", "damerau_levenshtein", 0.9), exact("city"),
        similar("email", "levenshtein"),
    ),
)

HK_CJK_1000 = Settings(
    blocks=(["phone"], ["name"], ["substr(name,1,1)", "district"]),
    comparisons=(similar("name"), exact("phone"), exact("district")),
)


def population(national_id):
    number = ([["national_id"]], [similar("national_id", "damerau_levenshtein", 0.88)]) if national_id else ([], [])
    return Settings(
        blocks=(
            ["name", "division"],
            ["name", "substr(birth_date,1,4)"],
            ["birth_date", "division"],
            ["birth_date", "substr(name,1,1)"],
            ["phone"],
            ["bank_account"],
            ["household_id"],
            *number[0],
        ),
        comparisons=(
            exact("name"),
            similar("name", "levenshtein", 0.6),
            similar("birth_date", "damerau_levenshtein", 0.9),
            exact("sex"),
            exact("relation_to_head"),
            exact("mother_name"),
            similar("address", "levenshtein"),
            exact("household_id"),
            exact("phone"),
            exact("bank_account"),
            *number[1],
        ),
    )


# By tool, then data; the example exists for FEBRL alone.
SETTINGS = {
    "example": {
        "febrl3": febrl_example(DEDUPLICATE),
        "febrl3_no_ssn": febrl_example(DEDUPLICATE, soc_sec_id=False),
        "febrl4": febrl_example(LINK, two_files=True),
    },
    "ecm": {
        "historical_50k": HISTORICAL_50K,
        "febrl3": febrl_ecm(),
        "febrl3_no_ssn": febrl_ecm(soc_sec_id=False),
        "febrl4": febrl_ecm(two_files=True),
        "fake_1000": FAKE_1000,
        "hk_cjk_1000": HK_CJK_1000,
        "population-dev": population(national_id=True),
        "population-noid-dev": population(national_id=False),
    },
}
