//! The order of records: by source, then by record id.

use rayon::prelude::*;
use yiren_matchers::record::TextList;

/// Records in order.
pub(super) struct Order {
    /// The records in the order of their sources, of their ids within a source, and of their numbers
    /// where those are the same.
    pub records: Vec<u32>,
    /// The places in `records` of those whose successor has the same source and id, ascending.
    pub repeated: Vec<usize>,
}

/// Puts records in order. `source_of` says the source of each, of which there are `sources`. In
/// parallel; 16 bytes a record of the largest source and 4 a record beside the result.
pub(super) fn by_source_and_id(sources: usize, source_of: &[u16], ids: &TextList) -> Order {
    let mut records = by_source(sources, source_of);
    let mut repeated = Vec::new();
    let mut before = 0;
    for of_source in records.chunk_by_mut(|&a, &b| source_of[a as usize] == source_of[b as usize]) {
        let id = |record: u32| ids.get(record as usize).as_bytes();
        let same = of_source.first().map_or(0, |&first| {
            let first = id(first);
            let same = |&record: &u32| {
                let both = first.iter().zip(id(record));
                both.take_while(|(a, b)| a == b).count()
            };
            let records = of_source.par_iter().with_min_len(1 << 12);
            records.map(same).min().unwrap_or(0)
        });
        // Ids that begin alike are told apart by what follows; few need to be looked at again.
        let mut keyed: Vec<(u64, u32)> = of_source
            .par_iter()
            .with_min_len(1 << 12)
            .map(|&record| (eight(&id(record)[same..]), record))
            .collect();
        keyed.par_sort_unstable();
        let mut place = before;
        for alike in keyed.chunk_by_mut(|a, b| a.0 == b.0) {
            if alike.len() > 1 {
                alike.sort_unstable_by(|&(_, a), &(_, b)| id(a).cmp(id(b)).then(a.cmp(&b)));
                let pairs = alike.windows(2).map(|pair| id(pair[0].1) == id(pair[1].1));
                let again = (place..).zip(pairs).filter(|&(_, is_same)| is_same);
                repeated.extend(again.map(|(place, _)| place));
            }
            place += alike.len();
        }
        before = place;
        for (place, (_, record)) in of_source.iter_mut().zip(keyed) {
            *place = record;
        }
    }
    Order { records, repeated }
}

/// The records of each source, one source after the other.
fn by_source(sources: usize, source_of: &[u16]) -> Vec<u32> {
    let mut next = vec![0_usize; sources];
    for &source in source_of {
        next[usize::from(source)] += 1;
    }
    let mut start = 0;
    for count in &mut next {
        start += std::mem::replace(count, start);
    }
    let mut order = vec![0; source_of.len()];
    for (record, &source) in (0..).zip(source_of) {
        let place = &mut next[usize::from(source)];
        order[*place] = record;
        *place += 1;
    }
    order
}

/// Brings what was at `order[k]` to place `k`, by swaps of two places; `order` is a permutation.
pub(super) fn reorder(mut order: Vec<u32>, mut swap: impl FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut place = start;
        loop {
            let from = order[place] as usize;
            order[place] = place as u32;
            if from == start {
                break;
            }
            swap(place, from);
            place = from;
        }
    }
}

/// The first eight bytes as a number that orders as they do; what is missing counts as zeros.
fn eight(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = bytes.len().min(8);
    first[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_order_of_a_plain_sort(
            records in proptest::collection::vec((0..3_u16, "(DIB0000000)?[0-2a\0\u{4e00}]{0,9}"), 0..60),
        ) {
            let mut ids = TextList::default();
            records.iter().for_each(|(_, id)| ids.push(id));
            let source_of: Vec<u16> = records.iter().map(|record| record.0).collect();
            let mut expected: Vec<u32> = (0..records.len() as u32).collect();
            expected.sort_by_key(|&record| {
                let (source, id) = &records[record as usize];
                (*source, id.clone(), record)
            });
            let is_again = |place: &usize| {
                let [a, b] = [expected[*place], expected[*place + 1]];
                records[a as usize] == records[b as usize]
            };
            let again: Vec<usize> = (0..expected.len().saturating_sub(1)).filter(is_again).collect();
            let order = by_source_and_id(3, &source_of, &ids);
            prop_assert_eq!(order.records, expected);
            prop_assert_eq!(order.repeated, again);
        }
    }
}
