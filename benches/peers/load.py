"""Reads the files for the peers: all text, empty for NULL, cleaned as anybody would before matching."""
from pathlib import Path

# Digits and hyphens of full width, dates of six forms, codes of sex, spaces and dots in names. A date of
# another form is missing: as a text of its own it would be one date of many people.
HALF_WIDTH = "translate({}, '０１２３４５６７８９－', '0123456789-')"
DATE = HALF_WIDTH.format("birth_date")
PARTS = "^([0-9]{4})[^0-9]+([0-9]{1,2})[^0-9]+([0-9]{1,2})"

POPULATION = f"""
    source, record_id, unique_id,
    upper(nullif(replace(national_id, ' ', ''), '')) as national_id,
    nullif(regexp_replace(name, '[ ·　]', '', 'g'), '') as name,
    case sex when '1' then '男' when '2' then '女' else sex end as sex,
    case
        when regexp_full_match({DATE}, '[0-9]{{8}}')
            then {DATE}[1:4] || '-' || {DATE}[5:6] || '-' || {DATE}[7:8]
        when regexp_matches({DATE}, '{PARTS}')
            then regexp_extract({DATE}, '{PARTS}', 1)
                || '-' || lpad(regexp_extract({DATE}, '{PARTS}', 2), 2, '0')
                || '-' || lpad(regexp_extract({DATE}, '{PARTS}', 3), 2, '0')
    end as birth_date,
    {HALF_WIDTH.format("replace(hukou_address, ' ', '')")} as address,
    coalesce(substr(hukou_division, 1, 6), office_division) as division,
    relation_to_head, mother_name, phone, bank_account, household_id
"""

# The SQL list of columns made from those of the files; where nothing is said, those of the files.
COLUMNS = {
    "historical_50k": "*, first_name || ' ' || surname as first_name_surname_concat",
    "hk_cjk_1000": "* replace (lower(regexp_replace(name, '(先生|小姐|女士|太太)$', '')) as name)",
    "population-dev": POPULATION,
    "population-noid-dev": POPULATION,
}


def load(connection, dataset, files, one_table):
    """DuckDB relations, one a file or one of all, with `source`, and `unique_id` = source:record_id."""
    tables = []
    for i, file in enumerate(files):
        source = Path(file).stem
        connection.execute(
            f"create table file_{i} as select ? as source, ? || ':' || record_id as unique_id, * "
            "from read_csv(?, all_varchar = true, header = true, quote = '\"')",
            [source, source, file],
        )
        tables.append(f"file_{i}")
    if one_table:
        connection.execute("create table files as " + " union all by name ".join(f"from {t}" for t in tables))
        tables = ["files"]
    return [connection.sql(f"select {COLUMNS.get(dataset, '*')} from {table}") for table in tables]
