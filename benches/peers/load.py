"""Reads the files for the peers: all text, empty for NULL, cleaned as anybody would before matching."""
from pathlib import Path

# Digits of full width, dates of six forms, codes of sex, spaces and dots in names.
POPULATION = """
    source, record_id, unique_id,
    upper(nullif(trim(national_id), '')) as national_id,
    nullif(regexp_replace(name, '[ ·　]', '', 'g'), '') as name,
    case sex when '1' then '男' when '2' then '女' else sex end as sex,
    case
        when regexp_full_match(birth_date, '[0-9]{8}')
            then birth_date[1:4] || '-' || birth_date[5:6] || '-' || birth_date[7:8]
        when birth_date is not null
            then regexp_extract(birth_date, '^([0-9]{4})', 1)
                || '-' || lpad(regexp_extract(birth_date, '^[0-9]{4}[^0-9]+([0-9]{1,2})', 1), 2, '0')
                || '-' || lpad(regexp_extract(birth_date, '^[0-9]{4}[^0-9]+[0-9]{1,2}[^0-9]+([0-9]{1,2})', 1), 2, '0')
    end as birth_date,
    translate(hukou_address, '０１２３４５６７８９ ', '0123456789') as address,
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
