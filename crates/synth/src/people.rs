//! Invented people of Huế: names, phones, identity numbers.

use crate::random::Rng;

/// Sex of a head of household, as names and identity numbers show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sex {
    Male,
    Female,
}

impl Sex {
    pub(crate) fn title(self) -> &'static str {
        ["Nam", "Nữ"][self as usize]
    }
}

/// A full name as three places in the tables below.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Name {
    surname: u8,
    middle: u8,
    given: u8,
    female: bool,
}

/// Surname for men, for women, and how many of a thousand heads bear it.
const SURNAMES: &[(&str, &str, u16)] = &[
    ("Nguyễn", "Nguyễn", 330),
    ("Trần", "Trần", 112),
    ("Lê", "Lê", 104),
    ("Phan", "Phan", 62),
    ("Hồ", "Hồ", 58),
    ("Hoàng", "Hoàng", 52),
    ("Võ", "Võ", 44),
    ("Phạm", "Phạm", 38),
    ("Văn", "Văn", 28),
    ("Đặng", "Đặng", 26),
    ("Trương", "Trương", 24),
    ("Ngô", "Ngô", 20),
    ("Đỗ", "Đỗ", 12),
    ("Tôn Thất", "Tôn Nữ", 16),
    ("Huỳnh", "Huỳnh", 12),
    ("Dương", "Dương", 12),
    ("Bùi", "Bùi", 10),
    ("Cao", "Cao", 10),
    ("Mai", "Mai", 8),
    ("Đoàn", "Đoàn", 8),
    ("Hà", "Hà", 6),
    ("Châu", "Châu", 4),
    ("Thái", "Thái", 4),
];

const MIDDLES_MALE: &[&str] = &[
    "Văn", "Văn", "Văn", "Đình", "Hữu", "Quang", "Xuân", "Viết", "Đức", "Minh", "Ngọc", "Công",
    "Thanh", "Bá", "Trọng", "Duy", "Quốc", "Anh", "Phước", "Thế", "Tấn", "Đăng", "Khắc", "Như",
];
const MIDDLES_FEMALE: &[&str] = &[
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị Thu",
    "Thị Kim",
    "Thị Ngọc",
    "Thị Mỹ",
    "Thị Thanh",
    "Thị Bích",
    "Thị Hồng",
    "Thị Minh",
    "Ngọc",
    "Thị Xuân",
    "Thị Như",
    "Thị Diệu",
    "Thị Phương",
];
const GIVENS_MALE: &[&str] = &[
    "Hùng",
    "Hưng",
    "Dũng",
    "Sơn",
    "Hải",
    "Tuấn",
    "Minh",
    "Quang",
    "Thành",
    "Long",
    "Phước",
    "Bình",
    "Hòa",
    "Tâm",
    "Nam",
    "Cường",
    "Thắng",
    "Lợi",
    "Lộc",
    "Phúc",
    "Đức",
    "Tài",
    "Trí",
    "Dương",
    "Hiền",
    "Hiếu",
    "Nghĩa",
    "Trung",
    "Tín",
    "Thuận",
    "Vinh",
    "Quý",
    "Khánh",
    "Khoa",
    "Kiên",
    "Lâm",
    "Linh",
    "Mẫn",
    "Nhân",
    "Nhật",
    "Phong",
    "Quốc",
    "Sang",
    "Tân",
    "Tiến",
    "Toàn",
    "Triều",
    "Trường",
    "Tú",
    "Tùng",
    "Việt",
    "Vũ",
    "Xuân",
    "Chiến",
    "Châu",
    "Cảnh",
    "Hào",
    "Hậu",
    "Huy",
    "Kỳ",
    "Mạnh",
    "Ngọc",
    "Phú",
    "Thạnh",
    "Thiện",
    "Thọ",
    "Thông",
    "Vĩnh",
    "Đạt",
    "Đông",
];
const GIVENS_FEMALE: &[&str] = &[
    "Hoa",
    "Hòa",
    "Hồng",
    "Hương",
    "Hường",
    "Lan",
    "Liên",
    "Linh",
    "Loan",
    "Mai",
    "Minh",
    "Nga",
    "Ngọc",
    "Nguyệt",
    "Nhung",
    "Phương",
    "Phượng",
    "Thảo",
    "Thanh",
    "Thu",
    "Thủy",
    "Thúy",
    "Trang",
    "Tuyết",
    "Vân",
    "Xuân",
    "Yến",
    "Bé",
    "Bông",
    "Cúc",
    "Chanh",
    "Diệu",
    "Dung",
    "Gái",
    "Hà",
    "Hạnh",
    "Hằng",
    "Hiền",
    "Huệ",
    "Khánh",
    "Kiều",
    "Lài",
    "Lành",
    "Lệ",
    "Lý",
    "Mận",
    "Muội",
    "Mỹ",
    "Nhàn",
    "Nữ",
    "Oanh",
    "Quý",
    "Quyên",
    "Sen",
    "Sương",
    "Tâm",
    "Thắm",
    "Thơm",
    "Tâm",
    "Trinh",
    "Trúc",
    "Vui",
    "Đào",
    "Điệp",
];

/// Births that heads of households may have: men by year, then women by year.
const MALE_YEARS: (u16, u64) = (1940, 60);
const FEMALE_YEARS: (u16, u64) = (1938, 26);

/// Mobile prefixes in use, with the eleven-digit prefix they replaced in 2018 where there was one.
const MOBILE: &[(&str, &str)] = &[
    ("090", ""),
    ("093", ""),
    ("070", "0120"),
    ("079", "0121"),
    ("077", "0122"),
    ("076", "0126"),
    ("078", "0128"),
    ("091", ""),
    ("094", ""),
    ("083", "0123"),
    ("084", "0124"),
    ("085", "0125"),
    ("081", "0127"),
    ("082", "0129"),
    ("088", ""),
    ("096", ""),
    ("097", ""),
    ("098", ""),
    ("086", ""),
    ("032", "0162"),
    ("033", "0163"),
    ("034", "0164"),
    ("035", "0165"),
    ("036", "0166"),
    ("037", "0167"),
    ("038", "0168"),
    ("039", "0169"),
    ("056", "0186"),
    ("058", "0188"),
    ("059", "0199"),
];

/// A mobile number: its place in the table of prefixes and seven digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Phone {
    prefix: u8,
    rest: u32,
}

impl Name {
    pub(crate) fn draw(sex: Sex, rng: &mut Rng) -> Self {
        let female = sex == Sex::Female;
        let total = SURNAMES.iter().map(|s| u64::from(s.2)).sum();
        let mut left = rng.below(total);
        let surname = SURNAMES
            .iter()
            .position(|s| {
                let here = left < u64::from(s.2);
                left = left.saturating_sub(u64::from(s.2));
                here
            })
            .unwrap_or(0);
        let (middles, givens) = tables(female);
        Self {
            surname: surname as u8,
            middle: rng.below(middles.len() as u64) as u8,
            given: rng.below(givens.len() as u64) as u8,
            female,
        }
    }

    /// The name as it is written: "Tôn Nữ Thị Diệu Lành".
    pub(crate) fn text(self) -> String {
        let (middles, givens) = tables(self.female);
        let (male, female, _) = SURNAMES[self.surname as usize];
        let surname = if self.female { female } else { male };
        [surname, middles[self.middle as usize], givens[self.given as usize]].join(" ")
    }
}

fn tables(female: bool) -> (&'static [&'static str], &'static [&'static str]) {
    if female { (MIDDLES_FEMALE, GIVENS_FEMALE) } else { (MIDDLES_MALE, GIVENS_MALE) }
}

/// Sex, year of birth and identity number of the person with a running number.
///
/// No two running numbers below 86 million share an identity number: the last six digits
/// are a bijection of the number modulo a million, and each further million turns the wheel of the
/// 86 possible births by a step coprime to it.
pub(crate) fn identity(seed: u64, number: u64) -> (Sex, u16, u64) {
    const SERIALS: u64 = 1_000_000;
    /// Odd and no multiple of five, hence invertible modulo a million.
    const FACTOR: u64 = 387_421;
    let births = MALE_YEARS.1 + FEMALE_YEARS.1;
    let low = number % SERIALS;
    let serial = (low * FACTOR + seed % SERIALS) % SERIALS;
    let wheel = (Rng::new(&[seed, 11, low]).below(births) + number / SERIALS * 37) % births;
    let (sex, year) = if wheel < MALE_YEARS.1 {
        (Sex::Male, MALE_YEARS.0 + wheel as u16)
    } else {
        (Sex::Female, FEMALE_YEARS.0 + (wheel - MALE_YEARS.1) as u16)
    };
    // The fourth digit: 0 and 1 for men and women born in the twentieth century.
    (sex, year, ((46 * 10 + sex as u64) * 100 + u64::from(year % 100)) * SERIALS + serial)
}

impl Phone {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        Self {
            prefix: rng.below(MOBILE.len() as u64) as u8,
            rest: rng.between(1_000_000, 9_999_999) as u32,
        }
    }

    /// Ten digits: "0905123456".
    pub(crate) fn text(self) -> String {
        format!("{}{:07}", MOBILE[self.prefix as usize].0, self.rest)
    }

    /// Eleven digits as before September 2018, if the prefix is that old.
    pub(crate) fn old_text(self) -> Option<String> {
        let old = MOBILE[self.prefix as usize].1;
        (!old.is_empty()).then(|| format!("{old}{:07}", self.rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn one_name_in_three_is_nguyen_and_vo_is_never_vu() {
        let mut rng = Rng::new(&[1]);
        let names: Vec<String> =
            (0..9_000).map(|_| Name::draw(Sex::Male, &mut rng).text()).collect();
        let nguyen = names.iter().filter(|n| n.starts_with("Nguyễn ")).count();
        assert!((2_700..3_300).contains(&nguyen), "{nguyen}");
        assert!(names.iter().any(|n| n.starts_with("Tôn Thất ")));
        assert!(!names.iter().any(|n| n.starts_with("Vũ ")));
    }

    #[test]
    fn identity_numbers_differ_across_millions_and_tell_sex_and_year() {
        let mut seen = HashSet::new();
        for number in (0..30_000).chain((1..30).flat_map(|m| m * 1_000_000..m * 1_000_000 + 500)) {
            let (sex, year, id) = identity(5, number);
            let text = format!("{id:012}");
            assert_eq!(text.len(), 12);
            assert_eq!(&text[..3], "046");
            assert_eq!(&text[3..4], if sex == Sex::Male { "0" } else { "1" });
            assert_eq!(text[4..6].parse::<u16>(), Ok(year % 100));
            assert!(seen.insert(id), "{number} repeats {text}");
        }
    }

    #[test]
    fn phones_have_ten_digits_and_old_ones_eleven() {
        let mut rng = Rng::new(&[2]);
        for _ in 0..500 {
            let phone = Phone::draw(&mut rng);
            assert_eq!(phone.text().len(), 10);
            assert!(phone.old_text().is_none_or(|old| old.len() == 11 && old.starts_with("01")));
        }
    }
}
