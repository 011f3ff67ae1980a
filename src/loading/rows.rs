//! From rows of files to what they say of records.

use yiren_matchers::normalise::text;

use crate::ingest::{RejectReason, RowBatch};
use crate::resolve::{Change, Op};
use crate::store::{Cells, Columns};

/// Words of the column `op`, in small letters. An empty cell is an upsert.
const UPSERT: [&str; 12] = [
    "upsert", "insert", "add", "update", "modify", "i", "u", "新增", "增加", "更新", "修改", "变更",
];
const DELETE: [&str; 4] = ["delete", "remove", "d", "删除"];

/// The columns of a batch.
pub(super) struct Rows<'b> {
    pub batch: &'b RowBatch,
    record_id: Option<usize>,
    op: Option<usize>,
    /// Where the rows of a stream name their source.
    source: Option<usize>,
    columns: Columns,
}

/// Why a row cannot be used: the reason, the column at fault, and what to show of the row.
pub(super) type Fault<'b> = (RejectReason, &'static str, &'b str);

impl<'b> Rows<'b> {
    pub fn of(batch: &'b RowBatch) -> Rows<'b> {
        let own_source = batch.source.is_empty();
        let is_cell = |column: &str| match column {
            "record_id" | "op" => false,
            "source" => !own_source,
            _ => true,
        };
        Rows {
            batch,
            record_id: batch.column("record_id"),
            op: batch.column("op"),
            source: batch.column("source").filter(|_| own_source),
            columns: Columns::of(batch.columns.iter().map(|name| &**name), is_cell),
        }
    }

    fn cell(&self, row: usize, column: Option<usize>) -> &'b str {
        column.map_or("", |column| self.batch.cell(row, column))
    }

    /// Whether the rows may say that records are no more, so that their order means something.
    pub fn is_log(&self) -> bool {
        self.op.is_some()
    }

    /// Source and record id of a row.
    pub fn name(&self, row: usize) -> (&'b str, &'b str) {
        let source = match &*self.batch.source {
            "" => self.cell(row, self.source),
            source => source,
        };
        (source, self.cell(row, self.record_id))
    }

    /// Whether a row says that its record is no more.
    pub fn is_delete(&self, row: usize) -> Result<bool, Fault<'b>> {
        let word = self.cell(row, self.op);
        if word.is_empty() {
            return Ok(false);
        }
        let folded = text::compact(word).to_lowercase();
        match (UPSERT.contains(&&*folded), DELETE.contains(&&*folded)) {
            (true, _) => Ok(false),
            (_, true) => Ok(true),
            _ => Err((RejectReason::UnknownOp, "op", word)),
        }
    }

    /// What a row says.
    pub fn change(&self, row: usize) -> Result<Change, Fault<'b>> {
        let (source, record_id) = self.name(row);
        if source.is_empty() {
            return Err((RejectReason::MissingSource, "source", record_id));
        }
        let op = match self.is_delete(row)? {
            true => Op::Delete,
            false => Op::Upsert(self.cells(row)),
        };
        Ok(Change {
            source: source.into(),
            record_id: record_id.into(),
            op,
        })
    }

    fn cells(&self, row: usize) -> Cells {
        self.columns.cells(|place| self.batch.cell(row, place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(source: &str, columns: &[&str], cells: &[&'static str]) -> RowBatch {
        let columns: Vec<Box<str>> = columns.iter().map(|name| (*name).into()).collect();
        let mut batch = RowBatch::new(0, source.into(), columns.clone().into());
        let place = |name: &str| columns.iter().position(|known| **known == *name);
        batch.push(|name| place(name).map_or("", |place| cells[place]));
        batch
    }

    #[test]
    fn ops_are_read_in_both_languages() {
        let cases = [
            ("", Some(false)),
            ("upsert", Some(false)),
            (" Update ", Some(false)),
            ("ＤＥＬＥＴＥ", Some(true)),
            ("删除", Some(true)),
            ("新 增", Some(false)),
            ("D", Some(true)),
            ("注销", None),
            ("drop", None),
        ];
        for (word, expected) in cases {
            let batch = batch("dibao", &["record_id", "op", "name"], &["D1", word, "张伟"]);
            let rows = Rows::of(&batch);
            assert_eq!(rows.is_delete(0).ok(), expected, "{word}");
            match expected {
                None => assert_eq!(
                    rows.change(0).err(),
                    Some((RejectReason::UnknownOp, "op", word))
                ),
                Some(delete) => {
                    let change = rows.change(0).unwrap_or_else(|fault| panic!("{fault:?}"));
                    assert_eq!(matches!(change.op, Op::Delete), delete, "{word}");
                }
            }
        }
    }

    #[test]
    fn only_a_stream_without_a_source_reads_it_from_its_rows() {
        let columns = ["source", "record_id", "name"];
        let of_file = batch("dibao", &columns, &["tekun", "1", "张伟"]);
        let change = Rows::of(&of_file)
            .change(0)
            .unwrap_or_else(|fault| panic!("{fault:?}"));
        let Op::Upsert(cells) = change.op else {
            panic!("an upsert");
        };
        assert_eq!((&*change.source, cells.get("source")), ("dibao", "tekun"));

        let of_stream = batch("", &columns, &["tekun", "1", "张伟"]);
        let change = Rows::of(&of_stream)
            .change(0)
            .unwrap_or_else(|fault| panic!("{fault:?}"));
        let Op::Upsert(cells) = change.op else {
            panic!("an upsert");
        };
        assert_eq!((&*change.source, cells.get("source")), ("tekun", ""));

        let nameless = batch("", &columns, &["", "1", "张伟"]);
        let fault = Rows::of(&nameless).change(0).err();
        assert_eq!(fault, Some((RejectReason::MissingSource, "source", "1")));
    }
}
