"""Splink's settings on each of the data: its own notebooks', where there is one.

Notebooks: github.com/moj-analytical-services/splink, docs/demos/examples/duckdb, as of Splink 5.
No label is used: u by random sampling with a fixed seed, m by expectation maximisation over the
blocking rules of the notebook, the prior from deterministic rules and a guess of their recall.
"""
from collections.abc import Callable
from dataclasses import dataclass

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import block_on

SEED = 1


@dataclass(frozen=True)
class Settings:
    """All that Splink is told about one of the data.

    Columns are those that `load.py` makes. `prior_rules` and `prior_recall` give the prior;
    `em_ignores_tf` is Splink's `estimate_without_term_frequencies`, `em_pairs` its `max_pairs` of each
    rule of `em_rules`, None for all pairs.
    """

    origin: str
    comparisons: Callable
    blocking: tuple
    prior_rules: tuple
    prior_recall: float
    u_pairs: float
    em_rules: tuple
    em_ignores_tf: bool = True
    em_pairs: float | None = None
    link_type: str = "dedupe_only"


HISTORICAL_50K = Settings(
    origin="deduplicate_50k_synthetic.ipynb",
    comparisons=lambda: [
        cl.ForenameSurnameComparison(
            "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
        ),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.PostcodeComparison("postcode_fake"),
        cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
        cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
    ],
    blocking=(
        block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("postcode_fake", "first_name"),
        block_on("postcode_fake", "surname"),
        block_on("dob", "birth_place"),
        block_on("substr(postcode_fake,1,3)", "dob"),
        block_on("substr(postcode_fake,1,3)", "first_name"),
        block_on("substr(postcode_fake,1,3)", "surname"),
        block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
    ),
    prior_rules=(
        block_on("first_name", "surname", "dob"),
        block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
        block_on("dob", "postcode_fake"),
    ),
    prior_recall=0.6,
    u_pairs=1e7,
    em_rules=(block_on("first_name", "surname"), block_on("dob")),
)


def febrl3(soc_sec_id):
    """The settings of febrl3.ipynb, with or without everything that looks at soc_sec_id."""
    number = [block_on("soc_sec_id")] if soc_sec_id else []
    return Settings(
        origin="febrl3.ipynb" + ("" if soc_sec_id else ", less soc_sec_id"),
            comparisons=lambda: [
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            *([cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2])] if soc_sec_id else []),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
        blocking=(
            *number,
            block_on("given_name"), block_on("surname"), block_on("date_of_birth"), block_on("postcode"),
        ),
        prior_rules=(
            *number,
            block_on("given_name", "surname", "date_of_birth"),
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
        ),
        # The notebook guesses 0.9; without the number its other two rules find far less.
        prior_recall=0.9 if soc_sec_id else 0.5,
        u_pairs=1e6,
        em_rules=(block_on("date_of_birth"), block_on("postcode")),
        em_ignores_tf=False,
    )


FEBRL4 = Settings(
    origin="febrl4.ipynb, the detailed model",
    link_type="link_only",
    comparisons=lambda: [
        cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison(
            "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
        ),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ],
    blocking=(
        block_on("given_name", "surname"),
        "l.given_name = r.surname and l.surname = r.given_name",
        block_on("date_of_birth"),
        block_on("soc_sec_id"),
        block_on("state", "address_1"),
        block_on("street_number", "address_1"),
        block_on("postcode"),
    ),
    prior_rules=(block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")),
    prior_recall=0.8,
    u_pairs=1e6,
    em_rules=(block_on("date_of_birth"), block_on("postcode")),
)

FAKE_1000 = Settings(
    origin="accuracy_analysis_from_labels_column.ipynb, with the tutorial's comparisons of names, which do better",
    comparisons=lambda: [
        cl.NameComparison("first_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ],
    blocking=(block_on("first_name"), block_on("surname"), block_on("dob"), block_on("email")),
    prior_rules=(
        "l.first_name = r.first_name and levenshtein(r.dob, l.dob) <= 1",
        "l.surname = r.surname and levenshtein(r.dob, l.dob) <= 1",
        "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
        "l.email = r.email",
    ),
    prior_recall=0.7,
    u_pairs=1e6,
    em_rules=(block_on("dob"), block_on("email"), block_on("first_name", "surname")),
)

HK_CJK_1000 = Settings(
    origin="ours: Splink has no notebook for names in several scripts",
    comparisons=lambda: [
        cl.JaroWinklerAtThresholds("name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("phone"),
        cl.ExactMatch("district").configure(term_frequency_adjustments=True),
    ],
    blocking=(block_on("phone"), block_on("name"), block_on("substr(name,1,2)", "district")),
    prior_rules=(block_on("phone"),),
    prior_recall=0.5,
    u_pairs=1e7,
    em_rules=(block_on("district"), block_on("phone")),
)


def population(national_id):
    """Settings of ours for the populations, of Splink's own comparisons, with or without the ID number.

    What a home shares (telephone, account, household, address) is one comparison: as four they would
    count one fact four times, and join families.
    """
    number = [block_on("national_id")] if national_id else []
    home = ("phone", "bank_account", "household_id", "address")
    unknown = " and ".join(f"({column}_l is null or {column}_r is null)" for column in home)
    shared = " + ".join(f"coalesce({column}_l = {column}_r, false)::int" for column in home)
    return Settings(
        origin="ours: Splink has no notebook for Chinese records",
        comparisons=lambda: [
            *([cl.LevenshteinAtThresholds("national_id", [1, 2])] if national_id else []),
            cl.CustomComparison(
                output_column_name="name",
                comparison_levels=[
                    cll.NullLevel("name"),
                    cll.ExactMatchLevel("name", term_frequency_adjustments=True),
                    cll.JaroWinklerLevel("name", 0.9),
                    cll.LevenshteinLevel("name", 1),
                    cll.ElseLevel(),
                ],
            ),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.ExactMatch("sex"),
            cl.ExactMatch("relation_to_head"),
            cl.ExactMatch("mother_name").configure(term_frequency_adjustments=True),
            cl.CustomComparison(
                output_column_name="home",
                comparison_levels=[
                    cll.CustomLevel(unknown).configure(is_null_level=True),
                    cll.CustomLevel(f"({shared}) >= 3", label_for_charts=f"three or four of {', '.join(home)} agree"),
                    cll.CustomLevel(f"({shared}) = 2", label_for_charts=f"two of {', '.join(home)} agree"),
                    cll.CustomLevel(f"({shared}) = 1", label_for_charts=f"one of {', '.join(home)} agree"),
                    cll.LevenshteinLevel("address", 4),
                    cll.ElseLevel(),
                ],
            ),
        ],
        blocking=(
            *number,
            block_on("name", "division"),
            block_on("name", "substr(birth_date,1,4)"),
            block_on("birth_date", "division"),
            block_on("birth_date", "substr(name,1,1)"),
            block_on("phone"),
            block_on("bank_account"),
            block_on("household_id"),
        ),
        prior_rules=(*number, block_on("name", "birth_date")),
        prior_recall=0.9 if national_id else 0.7,
        u_pairs=2e6,
        em_rules=(block_on("birth_date"), block_on("name")),
    )


SETTINGS = {
    "historical_50k": HISTORICAL_50K,
    "febrl3": febrl3(soc_sec_id=True),
    "febrl3_no_ssn": febrl3(soc_sec_id=False),
    "febrl4": FEBRL4,
    "fake_1000": FAKE_1000,
    "hk_cjk_1000": HK_CJK_1000,
    "population-dev": population(national_id=True),
    "population-noid-dev": population(national_id=False),
}
