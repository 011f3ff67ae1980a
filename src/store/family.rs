//! The column families of a store: what each keeps, and how RocksDB is to keep it.

use rocksdb::{BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, Options};

/// A part of the store with keys and values of one kind. Keys are made by [`super::keys`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// What the store is: format, the commit it is at, which generation is in force. And, under
    /// keys of their own, what readers thought of two records: record, record and commit → opinion.
    Meta,
    /// Record → its latest version, raw, as it came.
    Records,
    /// Record and the commit until which it was so → former version.
    RecordHistory,
    /// Fact and record → nothing: who shares a number, an account, a household.
    Facts,
    /// Generation, rule, blocking key, refining keys and record → nothing.
    Blocks,
    /// Generation, record and record → match weight, from both sides.
    Links,
    /// Generation and record → its entity.
    Members,
    /// Record and the commit until which it was so → the entity that it was in.
    MemberHistory,
    /// Generation and entity → its members, or what became of it.
    Entities,
    /// Entity and the commit until which it was so → what it was.
    EntityHistory,
    /// Record and record → what a person said of the two, from both sides.
    Verdicts,
    /// Record, record and the commit until which it was so → what a person had said.
    VerdictHistory,
    /// Generation, group and finding → the finding.
    Findings,
    /// Finding and the commit that closed it → the finding.
    FindingHistory,
    /// Generation → the model and policy that it was made with.
    Generations,
    /// Generation, table and part → how often values are met.
    Frequencies,
    /// Commit → who did what, in a chain.
    Audit,
    /// Commit → the records, entities and findings that it changed.
    Changes,
    /// Number → a look at personal data that is not in the audit yet.
    Looks,
    /// Finding → what people make of it.
    Cases,
    /// Finding and the commit until which it was so → what people had made of it.
    CaseHistory,
    /// Caller and key of a request → what it was answered.
    Answers,
}

impl Family {
    /// All families, in the order of this page.
    pub const ALL: [Family; 22] = [
        Family::Meta,
        Family::Records,
        Family::RecordHistory,
        Family::Facts,
        Family::Blocks,
        Family::Links,
        Family::Members,
        Family::MemberHistory,
        Family::Entities,
        Family::EntityHistory,
        Family::Verdicts,
        Family::VerdictHistory,
        Family::Findings,
        Family::FindingHistory,
        Family::Generations,
        Family::Frequencies,
        Family::Audit,
        Family::Changes,
        Family::Looks,
        Family::Cases,
        Family::CaseHistory,
        Family::Answers,
    ];

    /// The families of what is worked out from the rest and begins with a generation.
    pub const DERIVED: [Family; 6] = [
        Family::Blocks,
        Family::Links,
        Family::Members,
        Family::Entities,
        Family::Findings,
        Family::Frequencies,
    ];

    /// Its name in RocksDB.
    pub fn name(self) -> &'static str {
        match self {
            // RocksDB always has a family of this name.
            Family::Meta => "default",
            Family::Records => "records",
            Family::RecordHistory => "record_history",
            Family::Facts => "facts",
            Family::Blocks => "blocks",
            Family::Links => "links",
            Family::Members => "members",
            Family::MemberHistory => "member_history",
            Family::Entities => "entities",
            Family::EntityHistory => "entity_history",
            Family::Verdicts => "verdicts",
            Family::VerdictHistory => "verdict_history",
            Family::Findings => "findings",
            Family::FindingHistory => "finding_history",
            Family::Generations => "generations",
            Family::Frequencies => "frequencies",
            Family::Audit => "audit",
            Family::Changes => "changes",
            Family::Looks => "looks",
            Family::Cases => "cases",
            Family::CaseHistory => "case_history",
            Family::Answers => "answers",
        }
    }

    /// Whether single keys are asked for that are often not there.
    fn is_looked_up(self) -> bool {
        matches!(
            self,
            Family::Records | Family::Members | Family::Entities | Family::Verdicts
        )
    }

    /// How RocksDB keeps the family; `cache` is shared by all.
    pub(super) fn options(self, cache: &Cache) -> Options {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(cache);
        blocks.set_cache_index_and_filter_blocks(true);
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
        blocks.set_format_version(6);
        blocks.set_block_size(match self {
            Family::Records | Family::RecordHistory => 16 << 10,
            _ => 8 << 10,
        });
        if self.is_looked_up() {
            blocks.set_bloom_filter(10.0, false);
        }
        let mut options = Options::default();
        options.set_block_based_table_factory(&blocks);
        if self.is_looked_up() {
            // What was written last is asked for as well, and most of what is asked for is new.
            options.set_memtable_whole_key_filtering(true);
            options.set_memtable_prefix_bloom_ratio(0.02);
        }
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_level_compaction_dynamic_level_bytes(true);
        options.set_write_buffer_size(match self {
            Family::Records | Family::Blocks => 64 << 20,
            _ => 16 << 20,
        });
        options
    }

    pub(super) fn descriptors(cache: &Cache) -> Vec<ColumnFamilyDescriptor> {
        let descriptor =
            |family: Family| ColumnFamilyDescriptor::new(family.name(), family.options(cache));
        Family::ALL.into_iter().map(descriptor).collect()
    }
}
