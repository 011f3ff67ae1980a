"""What Splink is told about a population: the shipped model's blocking rules, as far as SQL can say them.

Plain data, so that the page can be written without Splink.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A blocking rule of the shipped model, and its columns in SQL.

    `lists` are columns that hold several values, of which one must be shared. `differs` says in
    what the two are not the same.
    """

    name: str
    columns: tuple
    lists: tuple = ()
    differs: str = ""


SOUND = "characters, not sounds"
VILLAGE = "village or road as cut out by a regular expression"

RULES = (
    Rule("id", ("national_id",)),
    Rule("name_and_birth", ("sorted_name", "birth_date"), differs=SOUND),
    Rule("name_and_birth_year", ("name", "substr(birth_date, 1, 4)"), differs=SOUND),
    Rule("name_and_day_of_year", ("name", "substr(birth_date, 6, 5)"), differs=SOUND),
    Rule("name_and_village", ("name", "villages"), ("villages",), f"{SOUND}; {VILLAGE}"),
    Rule("given_and_birth", ("given_name", "birth_date"), differs=f"{SOUND}; all but the first character"),
    Rule("surname_and_birth", ("surname", "birth_date"), differs=f"{SOUND}; the first character"),
    Rule("birth_and_village", ("birth_date", "villages"), ("villages",), VILLAGE),
    Rule("mother_and_birth", ("mother_name", "birth_date"), differs=SOUND),
    Rule("household", ("household_id",)),
    Rule("account", ("bank_account",)),
    Rule("phone", ("phone",)),
    Rule("document", ("papers",), ("papers",), "kind and number as written"),
)

# A village or road stands after a town; what the words of both have in common is left to chance.
VILLAGE_SQL = "nullif(regexp_extract({}, '(?:乡|镇|街道|苏木)([^0-9乡镇]+?(?:村|社区|嘎查|路|街|巷))', 1), '')"

# Beside the columns of load.py's POPULATION; `raw_…` are those of the file.
COLUMNS = f"""
    array_to_string(list_sort(string_split(name, '')), '') as sorted_name,
    substr(name, 1, 1) as surname,
    nullif(substr(name, 2), '') as given_name,
    list_distinct(list_filter(
        [{VILLAGE_SQL.format("raw_hukou_address")}, {VILLAGE_SQL.format("raw_residence_address")}],
        lambda village: village is not null
    )) as villages,
    list_filter(string_split(coalesce(raw_documents, ''), ';'), lambda paper: trim(paper) <> '') as papers
"""
