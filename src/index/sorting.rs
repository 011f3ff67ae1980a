//! Sorting items whose first bits spread them evenly.

/// Sorts some items after others; what that takes is kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorting<T> {
    spread: Vec<T>,
    ends: Vec<u32>,
}

impl<T: Copy + Default + Ord> Sorting<T> {
    /// The items, sorted: spread by a number below `numbers`, which never falls as items grow, and
    /// only those of one number sorted. Pays where few items share one.
    pub fn sorted(
        &mut self,
        items: &[T],
        numbers: usize,
        number: impl Fn(&T) -> usize,
    ) -> &mut Vec<T> {
        spread(items, numbers, number, &mut self.spread, &mut self.ends);
        let mut start = 0;
        for &end in &self.ends {
            let same = start..end as usize;
            if same.len() > 1 {
                self.spread[same].sort_unstable();
            }
            start = end as usize;
        }
        &mut self.spread
    }

    /// What was sorted last.
    pub fn last(&self) -> &[T] {
        &self.spread
    }
}

/// Puts items in the order of a number below `numbers`, and in their own where it is the same, into
/// `spread`. `ends` comes to say where those of each number end.
///
/// # Panics
/// If a number is not below `numbers`.
pub(super) fn spread<T: Copy + Default>(
    items: &[T],
    numbers: usize,
    number: impl Fn(&T) -> usize,
    spread: &mut Vec<T>,
    ends: &mut Vec<u32>,
) {
    ends.clear();
    ends.resize(numbers, 0);
    for item in items {
        ends[number(item)] += 1;
    }
    let mut start = 0;
    for count in &mut *ends {
        start += std::mem::replace(count, start);
    }
    spread.resize(items.len(), T::default());
    for item in items {
        let place = &mut ends[number(item)];
        spread[*place as usize] = *item;
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn items_are_sorted_as_by_the_library(
            lists in proptest::collection::vec(proptest::collection::vec((0..9_u8, 0..9_u8), 0..40), 1..4),
        ) {
            let mut sorting = Sorting::default();
            for mut items in lists {
                let found = sorting.sorted(&items, 3, |&(first, _)| usize::from(first / 3)).clone();
                items.sort_unstable();
                prop_assert_eq!(found, items);
            }
        }

        #[test]
        fn items_of_one_number_stay_in_their_order(items in proptest::collection::vec((0..5_u8, 0..9_u8), 0..40)) {
            let (mut found, mut ends) = (vec![(9, 9)], vec![7]);
            spread(&items, 5, |item| item.0.into(), &mut found, &mut ends);
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            prop_assert_eq!(&found, &expected);
            for (number, &end) in (0..).zip(&ends) {
                prop_assert_eq!(end as usize, expected.partition_point(|item| item.0 <= number));
            }
            prop_assert_eq!(ends.len(), 5);
        }
    }
}
