//! Columns of sensitive data that no figure and no list of this product needs (rule C02).
//!
//! Law 91/2025/QH15 and Decree 356/2025 name the kinds. Files of households carry them by habit:
//! a form made for another purpose, a copy of a police or bank list. What is not needed is not
//! kept.

use crate::heading::heading_key;
use diachiso_text::fold::unaccent_key;
use diachiso_text::legacy::repair;

/// Words of headings, without accents, one phrase a line; a heading that holds the words of one
/// in a row is sensitive.
const PHRASES: &[&str] = &[
    // religion
    "ton giao",
    "tin nguong",
    "dao phat",
    "dao thien chua",
    "giao xu",
    "religion",
    // ethnicity
    "dan toc",
    "sac toc",
    "ethnic",
    "ethnicity",
    "ethnic group",
    // politics
    "dang vien",
    "dang phai",
    "ngay vao dang",
    "chinh tri",
    "quan diem chinh tri",
    "party member",
    "party membership",
    "political",
    "politics",
    // health
    "suc khoe",
    "benh tat",
    "benh an",
    "benh nen",
    "benh man tinh",
    "benh hiem ngheo",
    "tien su benh",
    "tinh trang benh",
    "loai benh",
    "mac benh",
    "khuyet tat",
    "tan tat",
    "nhom mau",
    "hiv",
    "tiem chung",
    "tiem vac xin",
    "mang thai",
    "tam than",
    "health",
    "disease",
    "illness",
    "disability",
    "blood type",
    "medical",
    // biometry and genes
    "van tay",
    "sinh trac",
    "sinh trac hoc",
    "mong mat",
    "khuon mat",
    "anh chan dung",
    "adn",
    "dna",
    "di truyen",
    "fingerprint",
    "fingerprints",
    "biometric",
    "biometrics",
    "iris",
    // sexual life
    "doi song tinh duc",
    "tinh duc",
    "xu huong tinh duc",
    "sexual",
    // crime
    "tien an",
    "tien su",
    "ly lich tu phap",
    "pham toi",
    "criminal",
    // money
    "so tai khoan",
    "tai khoan ngan hang",
    "ngan hang",
    "so tk",
    "stk",
    "so the",
    "the tin dung",
    "the atm",
    "tin dung",
    "thu nhap",
    "bank",
    "bank account",
    "account number",
    "credit card",
    "income",
    // secrets
    "mat khau",
    "ma pin",
    "ma otp",
    "otp",
    "password",
    "passwd",
    "passcode",
    // papers, and identity numbers beside the one column that is sealed
    "cccd",
    "cmnd",
    "cmt",
    "can cuoc",
    "chung minh nhan dan",
    "chung minh thu",
    "dinh danh ca nhan",
    "so dinh danh",
    "ho chieu",
    "passport",
    "identity number",
    "id card",
    "bao hiem y te",
    "bao hiem xa hoi",
    "bhyt",
    "bhxh",
    "the bao hiem",
    "ma so thue",
];

/// Those among them that name numbers of papers by which a person is known: no other field may be given their column.
const IDENTITY: &[&str] = &[
    "cccd",
    "cmnd",
    "cmt",
    "can cuoc",
    "chung minh nhan dan",
    "chung minh thu",
    "dinh danh ca nhan",
    "so dinh danh",
    "ho chieu",
    "passport",
    "identity number",
    "id card",
];

/// Whether a heading names identity numbers.
pub(crate) fn is_identity(heading: &str) -> bool {
    holds_phrase(heading, IDENTITY)
}

/// Whether a heading names sensitive data.
#[must_use]
pub fn is_sensitive(heading: &str) -> bool {
    holds_phrase(heading, PHRASES)
}

/// Whether the words of one of the phrases, which have no accents, stand in a row in a heading of
/// any font, or are all of it, however they are run together.
pub(crate) fn holds_phrase(heading: &str, phrases: &[&str]) -> bool {
    let repaired = repair(heading);
    let heading = repaired.as_ref().map_or(heading, |repaired| repaired.text.as_str());
    let words = format!(" {} ", unaccent_key(heading));
    let whole = heading_key(heading);
    phrases.iter().any(|phrase| {
        words.contains(&format!(" {phrase} "))
            || phrase.split(' ').map(str::len).sum::<usize>() == whole.len()
                && phrase.replace(' ', "") == whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use diachiso_model::{Field, RegisterField, SubmissionField};

    #[track_caller]
    fn check(heading: &str, expected: bool) {
        assert_eq!(is_sensitive(heading), expected, "{heading}");
    }

    #[test]
    fn sensitive_headings_are_known_with_and_without_accents() {
        for heading in [
            "Tôn giáo",
            "TON GIAO",
            "ton_giao",
            "TonGiao",
            "Tôn giáo của chủ hộ",
            "Dân tộc",
            "Dân tộc (ghi rõ)",
            "Hộ dân tộc thiểu số",
            "group_head/dan_toc",
            "Số tài khoản",
            "Số TK ngân hàng",
            "Tình trạng sức khỏe",
            "Bệnh tật",
            "Người khuyết tật",
            "Vân tay",
            "Đảng viên",
            "Mật khẩu",
            "password",
            "Số thẻ BHYT",
            "Ảnh CCCD mặt trước",
            "Số CMND cũ",
            "T«n gi¸o",
        ] {
            check(heading, true);
        }
    }

    #[test]
    fn identity_numbers_are_known_among_what_is_sensitive() {
        assert!(IDENTITY.iter().all(|phrase| PHRASES.contains(phrase)));
        for heading in ["Số ĐDCN/CCCD", "CMND", "Số căn cước", "Số định danh cá nhân", "Passport"]
        {
            assert!(is_identity(heading), "{heading}");
        }
        for heading in ["Mã hộ", "Tôn giáo", "Số thẻ BHYT", "Mã định danh hộ"] {
            assert!(!is_identity(heading), "{heading}");
        }
    }

    #[test]
    fn words_that_only_look_alike_are_let_through() {
        for heading in [
            "Dân số",
            "Số dân",
            "Người dân",
            "Dân cư",
            "Đường dân sinh",
            "Tài khoản nhập liệu",
            "Địa bàn",
            "Màu cửa",
            "Thẻ",
            "Ngày cấp",
            "Healthy",
            "",
            "(1)",
        ] {
            check(heading, false);
        }
    }

    #[test]
    fn no_column_that_the_product_needs_is_sensitive_but_the_identity_number() {
        fn check_all<F: Field>() {
            for &field in F::ALL.iter().filter(|field| field.key() != "identity") {
                let names = [field.title(), field.key()];
                for name in names.iter().chain(field.synonyms()) {
                    assert!(!is_sensitive(name), "{name}");
                }
            }
        }
        check_all::<SubmissionField>();
        check_all::<RegisterField>();
    }
}
