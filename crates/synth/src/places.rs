//! Invented villages, streets and hamlets with the sound of Huế.

use crate::random::key;

/// First syllables of villages. Without accents no two are alike, here and below, so that no two
/// villages of a commune differ by accents only.
const FIRST: &[&str] = &[
    "Vĩnh", "Phước", "Thủy", "Mỹ", "Phú", "Thạch", "Lương", "Cổ", "Hà", "Lai", "Bác", "Sơn", "Tân",
    "Xuân", "Kim", "Bao", "Thanh", "Phò", "Nho", "Đức", "Niêm", "Khuông", "Lâm", "Cao", "Quán",
    "Thế", "Nghĩa", "Triều", "Uất", "Dương", "Tráng", "Ngọc", "Hưng", "Viễn", "Diêm", "Miêu", "Sư",
    "Bình", "Đồng", "Gia",
];
const SECOND: &[&str] = &[
    "Hòa",
    "Làng",
    "Lý",
    "Thuận",
    "Trung",
    "Lộc",
    "Điền",
    "Lập",
    "Thọ",
    "Khê",
    "Mậu",
    "Nộn",
    "Lỗ",
    "Viện",
    "Trình",
    "Trạch",
    "Giang",
    "Phường",
    "Lưu",
    "An",
    "Cư",
    "Môn",
    "Vang",
    "Trì",
    "Tụ",
    "Kênh",
    "Nguyên",
    "Chánh",
    "Tiến",
    "Bồ",
    "Trữ",
    "Quý",
    "Chữ",
    "Dạ",
    "Toàn",
    "Hải",
    "Biều",
    "Mai",
    "Chiểu",
    "Căn",
];
/// Names that no generated village bears.
const NOWHERE: &[&str] = &[
    "Bàu Sen Nội",
    "Rú Cát Ngoại",
    "Cồn Dừa",
    "Gò Găng",
    "Đập Đá Trong",
    "Ruộng Dài",
    "Bến Đò Cũ",
];
/// Communes that the province never had.
const NO_COMMUNE: &[&str] = &["Tân Hồng Mỹ", "Đại Cát Sơn", "Bắc Hòa Khánh", "Kim Long Thượng Sơn"];

const STREETS: &[&str] = &[
    "Cao Bá Quát",
    "Nguyễn Vịnh",
    "Hai Bà Trưng",
    "Phan Đăng Lưu",
    "Trần Bá Song",
    "Đặng Huy Trứ",
    "Nguyễn Cư Trinh",
    "Lê Viết Lượng",
    "Phan Bội Châu",
    "Hóa Châu",
    "Nguyễn Minh Đạt",
    "Phó Đức Chính",
    "Trần Quang Nợ",
    "Bùi Xuân Phái",
    "Ngô Thế Lân",
    "Tam Giang",
    "Nguyễn Kim Thành",
    "Hồ Xuân Hương",
    "Lương Văn Can",
    "Đặng Tất",
    "Tôn Thất Đạm",
    "Võ Liêm Sơn",
    "Lê Tư Thành",
    "Nguyễn Dĩnh",
    "Trương Định",
    "Đoàn Thị Điểm",
    "Chu Văn An",
    "Bà Huyện Thanh Quan",
    "Phùng Khắc Khoan",
    "Thái Phiên",
    "Mai Thúc Loan",
    "Vân Dương",
];

/// Multiplier that walks through all pairs of syllables: coprime to 40 × 40.
const STRIDE: u64 = 619;

/// The bare name of the village with a number in a commune; distinct for distinct numbers.
pub(crate) fn village_name(seed: u64, commune: u64, number: u64) -> String {
    // Of seven villages the sixth and seventh are an eastern and a western half.
    let (group, place) = (number / 7, number % 7);
    let index = group * 6 + place.min(5);
    let pairs = (FIRST.len() * SECOND.len()) as u64;
    let pair = (key(&[seed, 21, commune]) % pairs + index % pairs * STRIDE) % pairs;
    let first = FIRST[(pair / SECOND.len() as u64) as usize];
    let second = SECOND[(pair % SECOND.len() as u64) as usize];
    let half = match place {
        5 => " Đông",
        6 => " Tây",
        _ => "",
    };
    match index / pairs {
        0 => format!("{first} {second}{half}"),
        turn => format!("{first} {second}{half} {}", turn + 1),
    }
}

/// The name of the `nth` street of a town's quarter; neighbouring quarters share streets.
pub(crate) fn street(seed: u64, commune: u64, village: u64, nth: u64) -> &'static str {
    let start = key(&[seed, 22, commune]) % STREETS.len() as u64;
    STREETS[((start + village * 2 + nth) % STREETS.len() as u64) as usize]
}

/// A village name that is in no commune.
pub(crate) fn nowhere(draw: u64) -> &'static str {
    NOWHERE[(draw % NOWHERE.len() as u64) as usize]
}

/// A commune name that is in no list of the province.
pub(crate) fn no_commune(draw: u64) -> &'static str {
    NO_COMMUNE[(draw % NO_COMMUNE.len() as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use unicode_normalization::UnicodeNormalization;

    fn bare(text: &str) -> String {
        let bare: String = text.nfd().filter(|c| c.is_ascii() || *c == 'đ' || *c == 'Đ').collect();
        bare.to_lowercase().replace('đ', "d")
    }

    #[test]
    fn villages_of_a_commune_differ_even_without_accents() {
        let names: HashSet<String> =
            (0..12_000).map(|n| bare(&village_name(3, 19_870, n))).collect();
        assert_eq!(names.len(), 12_000);
        assert!(NOWHERE.iter().all(|n| !names.contains(&bare(n))));
    }
}
