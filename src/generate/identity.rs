//! ID numbers: valid by GB 11643, and no two alike unless that is asked for.

use rustc_hash::FxHashSet;
use yiren_matchers::normalise::date::Date;

use super::random::Rng;

/// The parts of an 18-digit number; the check digit follows from them.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Hash)]
pub(super) struct Number {
    pub area: u32,
    pub birth: Date,
    pub sequence: u16,
}

impl Number {
    /// Eighteen digits, the last possibly `X`.
    pub fn long(&self) -> String {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let digits = format!(
            "{:06}{:04}{:02}{:02}{:03}",
            self.area,
            self.birth.year(),
            self.birth.month(),
            self.birth.day(),
            self.sequence
        );
        let sum: u32 = digits
            .bytes()
            .zip(WEIGHTS)
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize];
        digits + check
    }

    /// The fifteen digits issued before October 1999: no century, no check digit.
    pub fn short(&self) -> String {
        format!(
            "{:06}{:02}{:02}{:02}{:03}",
            self.area,
            self.birth.year() % 100,
            self.birth.month(),
            self.birth.day(),
            self.sequence
        )
    }
}

/// Hands out sequence numbers. Chunks that share a county get blocks of numbers that do not overlap,
/// so numbers are unique over the whole population although no chunk knows of another.
pub(super) struct Register {
    used: FxHashSet<Number>,
    low: u16,
    high: u16,
}

impl Register {
    /// For block `block` of `blocks`; at most [`Register::BLOCKS`].
    pub fn new(block: u64, blocks: u64) -> Register {
        let width = (999 / blocks.clamp(1, Register::BLOCKS)) as u16 & !1;
        let low = 1 + width * block.min(Register::BLOCKS - 1) as u16;
        Register {
            used: FxHashSet::default(),
            low,
            high: low + width - 1,
        }
    }

    /// As many as leave five numbers a day for each sex.
    pub const BLOCKS: u64 = 99;

    /// A number for this day and sex, if one is left.
    pub fn issue(&mut self, area: u32, birth: Date, male: bool, rng: &mut Rng) -> Option<Number> {
        let pairs = (self.high - self.low).div_ceil(2);
        let start = rng.below(u32::from(pairs)) as u16;
        self.issue_from(area, birth, male, self.low + start * 2)
    }

    /// The next number after that of a twin; at the end of the block the one before.
    pub fn issue_after(&mut self, twin: &Number, male: bool) -> Option<Number> {
        let numbers = (twin.sequence + 1..=self.high).chain((self.low..twin.sequence).rev());
        self.first_free(twin.area, twin.birth, male, numbers)
    }

    fn issue_from(&mut self, area: u32, birth: Date, male: bool, first: u16) -> Option<Number> {
        let numbers = (first..=self.high).chain(self.low..first);
        self.first_free(area, birth, male, numbers)
    }

    fn first_free(
        &mut self,
        area: u32,
        birth: Date,
        male: bool,
        mut sequences: impl Iterator<Item = u16>,
    ) -> Option<Number> {
        let parity = u16::from(male);
        sequences.find_map(|sequence| {
            let number = Number {
                area,
                birth,
                sequence,
            };
            (sequence % 2 == parity && self.used.insert(number)).then_some(number)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_number() {
        // The worked example of GB 11643: 15-digit 110105491231002 is 11010519491231002X.
        let number = Number {
            area: 110_105,
            birth: Date::new(1949, 12, 31).unwrap(),
            sequence: 2,
        };
        assert_eq!(number.long(), "11010519491231002X");
        assert_eq!(number.short(), "110105491231002");
    }

    #[test]
    fn numbers_run_out_rather_than_repeat() {
        for (block, blocks) in [(0, 1), (0, 99), (98, 99), (6, 7)] {
            let mut register = Register::new(block, blocks);
            let mut rng = Rng::new(&[4]);
            let birth = Date::new(1970, 1, 1).unwrap();
            let mut issued = Vec::new();
            for male in [true, false] {
                while let Some(number) = register.issue(110_101, birth, male, &mut rng) {
                    assert_eq!(number.sequence % 2 == 1, male);
                    issued.push(number.sequence);
                }
            }
            issued.sort_unstable();
            let expected: Vec<u16> = (register.low..=register.high).collect();
            assert_eq!(issued, expected);
            assert!(expected.len() >= 10 && register.high <= 999);
        }
    }

    #[test]
    fn twins_follow_each_other() {
        let mut rng = Rng::new(&[5]);
        for block in 0..99 {
            let mut register = Register::new(block, 99);
            let birth = Date::new(2001, 2, 3).unwrap();
            let first = register
                .issue(110_101, birth, block % 2 == 0, &mut rng)
                .unwrap();
            for male in [true, false] {
                let second = register.issue_after(&first, male).unwrap();
                assert!(
                    second.sequence.abs_diff(first.sequence) <= 2,
                    "{first:?} {second:?}"
                );
            }
        }
    }
}
