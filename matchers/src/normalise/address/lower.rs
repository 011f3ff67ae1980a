//! Village or road, estate and the numbers: everything below the town.

use std::ops::Range;

use super::marks::{CLOSE, NUMBER, marks};
use super::numerals::{is_numeral, number_at};
use super::town::{spelled, town_name};
use super::words::{ends_with, starts_with};
use super::{Address, SUB_BUILDING};

#[derive(Copy, Clone, PartialEq, Eq)]
enum Part {
    Group,
    Number,
    Building,
    Unit,
    Room,
    Floor,
}

/// What a name was closed by, or what follows it.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Close {
    Village,
    Community,
    Road,
    Estate,
    /// Nothing closed it; a group follows.
    BeforeGroup,
    /// Nothing closed it; a building follows.
    BeforeBuilding,
    /// Nothing closed it; another number follows.
    BeforeNumber,
    End,
}

/// A number with what it counts.
struct Numbered {
    end: usize,
    /// What that makes of the name before it.
    close: Close,
    what: What,
}

enum What {
    Part(Part, u32),
    /// A number without a word.
    Bare(u32),
    Chain {
        values: [u32; 4],
        count: usize,
        /// 号 follows.
        house: bool,
    },
    /// More digits than a number has.
    Digits(Range<usize>),
}

/// Reads what stands below the town into `address`.
pub(super) fn read(text: &[char], from: usize, address: &mut Address) {
    let mut reader = Reader {
        text,
        address,
        village: None,
        rest: String::new(),
    };
    reader.run(from);
    let Reader { rest, .. } = reader;
    if !rest.is_empty() {
        let mut all = String::from(std::mem::take(&mut address.rest));
        all.push_str(&rest);
        address.rest = all.into();
    }
}

struct Reader<'a> {
    text: &'a [char],
    address: &'a mut Address,
    /// How the village field was closed.
    village: Option<Close>,
    rest: String,
}

impl Reader<'_> {
    fn tail(&self, from: usize) -> &[char] {
        self.text.get(from..).unwrap_or_default()
    }

    fn run(&mut self, from: usize) {
        let (mut start, mut at) = (from, from);
        while let Some(&character) = self.text.get(at) {
            let marks = marks(character);
            if marks & (NUMBER | CLOSE) == 0 {
                at += 1;
            } else if marks & NUMBER != 0
                && let Some(numbered) = self.numbered(start, at)
            {
                // The name before comes first: what the number counts may depend on it.
                self.name(start, at, numbered.close);
                self.put(&numbered.what);
                (start, at) = (numbered.end, numbered.end);
            } else if marks & CLOSE != 0
                && let Some((name_end, end, close)) = self.closes(start, at)
            {
                self.name(start, name_end, close);
                (start, at) = (end, end);
            } else {
                at += 1;
            }
        }
        self.name(start, at, Close::End);
    }

    /// The numbered part that begins at `at`, while a name since `start` is open.
    fn numbered(&self, start: usize, at: usize) -> Option<Numbered> {
        let ordinal = usize::from(self.text.get(at) == Some(&'第'));
        let first = *self.text.get(at + ordinal)?;
        if first.is_ascii_uppercase() && ordinal == 0 {
            let length = match self.tail(at + 1) {
                ['号', '楼', ..] => 2,
                ['栋' | '幢' | '座' | '区', ..] => 1,
                _ => return None,
            };
            let letter = u32::from(first) - u32::from('A') + 1;
            return Some(Numbered {
                end: at + 1 + length,
                close: Close::BeforeBuilding,
                what: What::Part(Part::Building, SUB_BUILDING + letter),
            });
        }
        if !first.is_ascii_digit() && !is_numeral(first) {
            return None;
        }
        let (value, end) = match number_at(self.text, at + ordinal) {
            Some(found) => found,
            // Too long to be a house number: a telephone number perhaps.
            None if first.is_ascii_digit() => {
                let from = at + ordinal;
                let digits = self.tail(from).iter();
                let length = digits.take_while(|character| character.is_ascii_digit());
                let end = from + length.count();
                return Some(Numbered {
                    end,
                    close: Close::BeforeNumber,
                    what: What::Digits(from..end),
                });
            }
            None => return None,
        };
        let open = start < at;
        if ordinal == 0 && self.text.get(end) == Some(&'-') && (first.is_ascii_digit() || !open) {
            return self.chain(at);
        }
        if let Some((part, length)) = self.part_word(end, first.is_ascii_digit()) {
            let close = match part {
                Part::Group => Close::BeforeGroup,
                Part::Building => Close::BeforeBuilding,
                _ => Close::BeforeNumber,
            };
            return Some(Numbered {
                end: end + length,
                close,
                what: What::Part(part, value),
            });
        }
        // A number without a word: digits anywhere, numerals only at the end and after a closed part.
        let bare = if first.is_ascii_digit() {
            ordinal == 0
        } else {
            end == self.text.len() && !open && ordinal == 0
        };
        if !bare || self.begins_name(end) {
            return None;
        }
        Some(Numbered {
            end,
            close: Close::BeforeNumber,
            what: What::Bare(value),
        })
    }

    /// Puts a number where it belongs.
    fn put(&mut self, what: &What) {
        match what {
            &What::Part(part, value) => self.store(part, value),
            &What::Bare(value) => self.bare(value),
            &What::Chain {
                values,
                count,
                house,
            } => self.linked(values, count, house),
            What::Digits(place) => {
                let digits = self.text.get(place.clone()).unwrap_or_default();
                self.rest.extend(digits);
            }
        }
    }

    /// Digits that are part of a name: 3村, 101国道.
    fn begins_name(&self, end: usize) -> bool {
        matches!(
            self.tail(end),
            [
                '村' | '路'
                    | '街'
                    | '巷'
                    | '庄'
                    | '屯'
                    | '里'
                    | '国'
                    | '省'
                    | '道'
                    | '团'
                    | '连'
                    | '大'
                    | '社'
                    | '片'
                    | '区'
                    | '期',
                ..
            ]
        )
    }

    /// The word after a number that says what it counts, and its length.
    fn part_word(&self, end: usize, digits: bool) -> Option<(Part, usize)> {
        let tail = self.tail(end);
        let inside =
            self.address.building != 0 || self.address.unit != 0 || self.address.number != 0;
        let (part, length) = match tail {
            ['村' | '居', '民', '小', '组', ..] => (Part::Group, 4),
            ['小', '组', ..] => (Part::Group, 2),
            ['组', ..] => (Part::Group, 1),
            ['生', '产', '队', ..] => (Part::Group, 3),
            ['小', '队', ..] => (Part::Group, 2),
            ['队', ..] => (Part::Group, 1),
            ['社', next, ..] if *next != '区' => (Part::Group, 1),
            ['社'] => (Part::Group, 1),
            ['号', '楼', ..] => (Part::Building, 2),
            ['号', '院', ..] => (Part::Number, 2),
            ['号', ..] => (self.house(), 1),
            ['栋' | '幢', ..] => (Part::Building, 1),
            ['#', '楼', ..] => (Part::Building, 2),
            ['#', ..] if self.address.building == 0 => (Part::Building, 1),
            ['#', ..] => (Part::Room, 1),
            ['座', ..] if digits || inside => (Part::Building, 1),
            ['单', '元', ..] => (Part::Unit, 2),
            ['门', ..] if self.address.building != 0 => (Part::Unit, 1),
            ['梯', ..] if self.address.building != 0 => (Part::Unit, 1),
            ['层', ..] => (Part::Floor, 1),
            ['楼', ..] if self.address.building != 0 => (Part::Floor, 1),
            ['楼', ..] if digits || inside => (Part::Building, 1),
            ['室', ..] => (Part::Room, 1),
            ['户' | '房', ..] if inside => (Part::Room, 1),
            ['弄', ..] => (Part::Number, 1),
            _ => return None,
        };
        // 三号村, 二队屯: the number is part of a name after all.
        let goes_on = matches!(
            self.tail(end + length),
            [
                '村' | '屯' | '庄' | '店' | '镇' | '沟' | '地' | '路' | '街' | '巷',
                ..
            ]
        );
        (!goes_on).then_some((part, length))
    }

    /// What a plain 号 counts: the house, then the building in it, then the room.
    fn house(&self) -> Part {
        let address = &*self.address;
        if address.building != 0 || address.unit != 0 {
            Part::Room
        } else if address.number != 0 {
            Part::Building
        } else {
            Part::Number
        }
    }

    fn store(&mut self, part: Part, value: u32) {
        let address = &mut *self.address;
        let slot = match part {
            Part::Group => &mut address.group,
            Part::Number => &mut address.number,
            Part::Building => &mut address.building,
            Part::Unit => &mut address.unit,
            Part::Room => &mut address.room,
            Part::Floor => return,
        };
        if *slot == 0 {
            *slot = value;
        } else if *slot != value {
            self.rest.push_str(&value.to_string());
        }
    }

    fn bare(&mut self, value: u32) {
        let address = &*self.address;
        // After a lane's estate it is a flat, like one after a house.
        let inside = address.building != 0
            || address.unit != 0
            || address.number != 0
            || (!address.estate.is_empty() && self.village == Some(Close::Road));
        let part = if inside { Part::Room } else { Part::Number };
        self.store(part, value);
    }

    /// 28-3-702: numbers with dashes between them.
    fn chain(&self, at: usize) -> Option<Numbered> {
        let mut values = [0u32; 4];
        let (mut count, mut end) = (0, at);
        while let Some((value, next)) = number_at(self.text, end) {
            *values.get_mut(count)? = value;
            count += 1;
            end = next;
            match self.tail(end) {
                ['-', digit, ..]
                    if (digit.is_ascii_digit() || is_numeral(*digit)) && count < values.len() =>
                {
                    end += 1
                }
                _ => break,
            }
        }
        let word = match self.tail(end) {
            ['号', '楼', ..] => 2,
            ['号' | '室' | '户' | '#', ..] => 1,
            _ => 0,
        };
        let house = self.text.get(end) == Some(&'号');
        let close = if count >= 3 || !(house || self.rural()) {
            Close::BeforeBuilding
        } else {
            Close::BeforeNumber
        };
        Some(Numbered {
            end: end + word,
            close,
            what: What::Chain {
                values,
                count,
                house,
            },
        })
    }

    /// Whether two numbers with a dash are a house's in a village: 7组70-1.
    fn rural(&self) -> bool {
        let address = &*self.address;
        let after_group = address.group != 0 && address.estate.is_empty() && address.number == 0;
        after_group || self.village == Some(Close::Village)
    }

    /// Building, unit and room of a chain, as far as they are not known already; `house` if 号 follows.
    fn linked(&mut self, values: [u32; 4], count: usize, house: bool) {
        let [first, second, third, fourth] = values;
        match count {
            2 if self.address.building != 0 => {
                self.store(Part::Unit, first);
                self.store(Part::Room, second);
            }
            2 if self.address.number == 0 && (house || self.rural()) => {
                self.store(Part::Number, first);
                self.rest.push('-');
                self.rest.push_str(&second.to_string());
            }
            2 if self.address.number == 0 && self.address.estate.is_empty() => {
                self.store(Part::Number, first);
                self.store(Part::Room, second);
            }
            2 => {
                self.store(Part::Building, first);
                self.store(Part::Room, second);
            }
            3 => {
                self.store(Part::Building, first);
                self.store(Part::Unit, second);
                self.store(Part::Room, third);
            }
            4 => {
                self.store(Part::Number, first);
                self.store(Part::Building, second);
                self.store(Part::Unit, third);
                self.store(Part::Room, fourth);
            }
            _ => self.bare(first),
        }
    }

    /// Whether the name since `start` closes at `at`: where the name ends, where to go on, and as what.
    fn closes(&self, start: usize, at: usize) -> Option<(usize, usize, Close)> {
        if at == start {
            return None;
        }
        let tail = self.tail(at);
        let all = |length: usize| (at + length, at + length);
        match tail {
            ['村', '民', '委', '员', '会', ..] => Some((at + 1, at + 5, Close::Village)),
            ['村', '委', '会', ..] => Some((at + 1, at + 3, Close::Village)),
            ['村', '民', '小', '组', ..] => None,
            ['行', '政', '村', ..] => Some((at, at + 3, Close::Village)),
            // A hamlet: the village itself if no other is named.
            ['自', '然', '村', ..] => Some((at, at + 3, Close::BeforeGroup)),
            ['村', '村', '民', '委', '员', '会', ..] => {
                Some((at + 1, at + 6, Close::Village))
            }
            ['村', '村', '委', '会', ..] => Some((at + 1, at + 4, Close::Village)),
            ['村', after @ ..] => {
                let inside = matches!(
                    after,
                    ['路' | '街' | '巷' | '镇' | '乡' | '村', ..]
                        | ['小' | '社', '区', ..]
                        | ['大', '道', ..]
                        | ['花' | '家', '园', ..]
                );
                // 贺庄村村民小组: the second 村 belongs to the group.
                let inside = inside && !starts_with(after, "村民");
                (!inside).then_some((at + 1, at + 1, Close::Village))
            }
            ['嘎', '查', ..] => Some((at, at + 2, Close::Village)),
            ['连', ..] if number_at(self.text, start).is_some_and(|(_, end)| end == at) => {
                Some((at + 1, at + 1, Close::Village))
            }
            ['社', '区', '居', '委', '会', ..] => Some((at, at + 5, Close::Community)),
            ['社', '区', '居', '民', '委', '员', '会', ..] => {
                Some((at, at + 7, Close::Community))
            }
            ['社', '区', ..] => Some((at, at + 2, Close::Community)),
            ['居', '委', '会', ..] => Some((at, at + 3, Close::Community)),
            ['居', '民', '委', '员', '会', ..] => Some((at, at + 5, Close::Community)),
            ['小', '区', ..] => Some((at, at + 2, Close::Estate)),
            ['胡', '同', ..] | ['大', '道' | '街', ..] => {
                self.road(at, 2).then(|| (all(2).0, all(2).1, Close::Road))
            }
            ['路' | '街' | '巷', ..] => {
                self.road(at, 1).then(|| (all(1).0, all(1).1, Close::Road))
            }
            ['弄', ..] => Some((at + 1, at + 1, Close::Road)),
            _ => None,
        }
    }

    /// Whether the road's word at `at` ends the name: not if a village follows (街子村, 马路边村).
    fn road(&self, at: usize, length: usize) -> bool {
        let after = self.tail(at + length);
        !after
            .iter()
            .take(4)
            .take_while(|character| {
                !character.is_ascii_digit()
                    && !matches!(character, '号' | '路' | '街' | '巷' | '小')
            })
            .any(|character| matches!(character, '村' | '路'))
            && !matches!(after, ['路' | '街' | '巷' | '道', ..])
    }

    fn name(&mut self, start: usize, end: usize, close: Close) {
        let Some(name) = self.text.get(start..end) else {
            return;
        };
        let name = trimmed(name);
        if name.is_empty() {
            return;
        }
        let numbered = self.address.group != 0 || self.address.number != 0;
        if matches!(close, Close::Village | Close::Road)
            && matches!(self.village, Some(Close::Village | Close::Road))
            && self.address.town.is_empty()
            && !numbered
        {
            // 韩村韩湾村, 窑街新华路: the first is the town, its 镇 or 街道 left out.
            self.address.town = std::mem::take(&mut self.address.village);
        }
        let empty = self.address.village.is_empty();
        match close {
            Close::Village if empty || self.village == Some(Close::Community) => {
                self.set_village(name, close)
            }
            Close::Community if empty => self.set_village(name, close),
            // The lane that the number counts in is the last one named.
            Close::Road
                if empty || matches!(self.village, Some(Close::Community | Close::Road)) =>
            {
                self.set_village(name, close)
            }
            Close::Estate if self.address.estate.is_empty() => self.address.estate = spelled(name),
            Close::BeforeBuilding | Close::BeforeNumber | Close::End
                if self.address.estate.is_empty()
                    && (self.address.number != 0
                        || (close == Close::BeforeBuilding && (!empty || is_estate(name)))) =>
            {
                self.address.estate = spelled(name);
            }
            Close::BeforeGroup | Close::BeforeBuilding | Close::BeforeNumber | Close::End
                if empty =>
            {
                self.set_village(name, close)
            }
            _ => self.rest.extend(name),
        }
    }

    fn set_village(&mut self, name: &[char], close: Close) {
        if !self.address.village.is_empty() {
            let before = std::mem::take(&mut self.address.village);
            self.rest.push_str(&before);
        }
        self.village = Some(close);
        let town = if self.address.town.is_empty() {
            super::split::town_before(name)
        } else {
            None
        };
        let (town, village) = name.split_at(town.unwrap_or(0));
        if !town.is_empty() {
            self.address.town = town_name(town);
        }
        self.address.village = spelled(match village.strip_suffix(&['村']) {
            Some(shorter) if shorter.len() >= 2 => shorter,
            _ => village,
        });
    }
}

/// The name without dashes and stray joining words at its ends.
fn trimmed(name: &[char]) -> &[char] {
    let mut name = name;
    while let [rest @ .., '-' | '#' | '的' | '之'] | ['-' | '#' | '的' | '之', rest @ ..] = name
    {
        name = rest;
    }
    name
}

fn is_estate(name: &[char]) -> bool {
    [
        "花园",
        "花苑",
        "家园",
        "嘉园",
        "公寓",
        "院",
        "宿舍",
        "苑",
        "大厦",
        "广场",
        "公馆",
        "名城",
        "新城",
        "安置点",
        "华庭",
        "豪庭",
        "楼",
    ]
    .iter()
    .any(|word| ends_with(name, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_closes_a_name() {
        let words = "村 村民委员会 村委会 行政村 自然村 村村民委员会 嘎查 社区 社区居委会 \
                     社区居民委员会 居委会 居民委员会 小区 胡同 大道 大街 路 街 巷 弄";
        for word in words.split_whitespace() {
            let text: Vec<char> = format!("贺庄{word}3号").chars().collect();
            let mut address = Address::default();
            read(&text, 0, &mut address);
            let name = [&address.village, &address.estate];
            assert!(name.iter().any(|name| name.starts_with("贺庄")), "{word}");
            assert!(address.rest.is_empty(), "{word}: {}", address.rest);
            assert_eq!(address.number, 3, "{word}");
        }
    }
}
