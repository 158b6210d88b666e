//! The rule table: one row a rule. Codes never change meaning.

use std::{fmt, str::FromStr};

/// Version of the rules; every finding carries it through its run.
///
/// 2: submissions in no register are weighed against each other, so that D04 may hold and D03 may speak of them; a stated
/// EPSG code decides which system coordinates are in.
///
/// 3: names in initials, turned round or misspelt are found in the register (R01, R02) and among submissions (D04); how
/// common a name is counts between submissions too.
///
/// 4: what a person decided of one submission is a finding of it (V01 to V04).
pub const RULE_VERSION: u32 = 4;

/// What a finding does to the row, mildest first (so that the worst is the maximum).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Information only.
    Info,
    /// Repaired; the original is kept.
    Fixed,
    /// Accepted, flagged.
    Warning,
    /// Held for a person.
    Review,
    /// The row is rejected.
    Error,
}

impl Severity {
    /// The letter used in tables: I, F, W, R, E.
    #[must_use]
    pub fn letter(self) -> &'static str {
        ["I", "F", "W", "R", "E"][self as usize]
    }

    /// The severity of a letter, if it is one.
    #[must_use]
    pub fn from_letter(letter: &str) -> Option<Self> {
        [Self::Info, Self::Fixed, Self::Warning, Self::Review, Self::Error]
            .into_iter()
            .find(|s| s.letter() == letter)
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The code.
    pub code: RuleCode,
    /// Severity where nothing else is said.
    pub severity: Severity,
    /// Message for people, in Vietnamese.
    pub vi: &'static str,
    /// Message for people, in English.
    pub en: &'static str,
    /// What to do about it, in Vietnamese; empty where nothing is to be done.
    pub advice_vi: &'static str,
    /// What to do about it, in English.
    pub advice_en: &'static str,
}

macro_rules! rules {
    ($($code:ident $severity:ident $vi:literal, $en:literal, $advice_vi:literal, $advice_en:literal;)*) => {
        /// The name of a rule; see [`Rule`] for what it says.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[expect(missing_docs, reason = "each code is documented by its row of the table")]
        pub enum RuleCode { $($code,)* }

        impl RuleCode {
            /// Every code, in table order.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];
            /// The code as people write it.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$code => stringify!($code)),* } }
        }

        const TABLE: &[Rule] = &[$(Rule {
            code: RuleCode::$code, severity: Severity::$severity,
            vi: $vi, en: $en, advice_vi: $advice_vi, advice_en: $advice_en,
        }),*];
    };
}

rules! {
    F01 Error "Không đọc được tệp", "The file cannot be read", "Lưu lại tệp dưới dạng CSV hoặc XLSX rồi nạp lại", "Save the file as CSV or XLSX and load it again";
    F02 Error "Thiếu cột bắt buộc", "A required column is missing", "Thêm cột hoặc sửa tiêu đề cột", "Add the column or mend its heading";
    F03 Info "Bỏ qua dòng không phải hộ", "Skipped: the row is no household", "", "";
    F04 Error "Tệp đã nạp trước đó", "The same file was loaded before", "Không cần nạp lại", "Nothing to load again";
    F05 Fixed "Đã chuyển bảng mã sang Unicode", "Legacy encoding converted to Unicode", "", "";
    F06 Fixed "Đã chuẩn hoá ký tự", "Characters and spaces normalised", "", "";
    F07 Review "Chữ lỗi phông, cần nhập lại", "Text damaged beyond conversion", "Nhập lại ô này bằng Unicode", "Type this cell again in Unicode";
    N01 Review "Thiếu tên chủ hộ", "The head's name is missing", "Ghi đủ họ và tên chủ hộ", "Give the head's full name";
    N02 Fixed "Đã sửa chữ hoa", "Capitals of the name mended", "", "";
    M01 Warning "Chưa có mã địa chỉ số", "No address code yet", "Bổ sung mã khi được cấp", "Add the code once it is issued";
    M02 Review "Mã địa chỉ số sai định dạng", "The address code has no known form", "Kiểm tra lại mã trên biển số hoặc phiếu", "Check the code against the plate or form";
    M03 Review "Tiền tố mã không thuộc xã/phường", "The code's postal prefix does not belong to the commune", "Kiểm tra mã và tên xã", "Check the code and the commune";
    M04 Warning "Mã không khớp toạ độ", "The code's position disagrees with the coordinates", "Đo lại toạ độ tại nhà", "Take the position again at the house";
    M05 Fixed "Đã làm sạch mã", "The code was cleaned", "", "";
    A01 Review "Không xác định được xã/phường", "Commune unknown", "Ghi đúng tên xã/phường/thị trấn", "Give the commune's name";
    A02 Review "Tên đơn vị nhập nhằng", "The unit's name is ambiguous", "Ghi thêm tên huyện hoặc mã xã", "Add the district or the commune's code";
    A03 Fixed "Đã quy đổi đơn vị hành chính", "Unit of another date mapped to the one then valid", "", "";
    A04 Review "Thôn/TDP không thuộc xã", "The village is not in the commune", "Kiểm tra tên thôn và tên xã", "Check village and commune";
    A05 Fixed "Đã chuẩn hoá tên thôn", "Village spelling normalised", "", "";
    A06 Review "Số nhà bị Excel đổi thành ngày", "House number turned into a date by Excel", "Định dạng cột Số nhà là Text rồi nhập lại", "Format the column as text and type it again";
    A07 Info "Chưa có số nhà", "No house number", "", "";
    G01 Fixed "Đã sửa dấu thập phân", "Decimal comma mended", "", "";
    G02 Fixed "Đã đổi độ-phút-giây", "Degrees, minutes, seconds converted", "", "";
    G03 Fixed "Đã đổi chỗ vĩ độ, kinh độ", "Latitude and longitude were swapped", "", "";
    G04 Fixed "Đã chuyển từ VN-2000", "Converted from VN-2000", "", "";
    G05 Review "Hệ toạ độ không rõ", "Coordinate system unclear", "Ghi rõ hệ toạ độ và kinh tuyến trục", "State the system and its central meridian";
    G06 Warning "Toạ độ kém chính xác", "Imprecise coordinates", "Đo lại ngoài trời, chờ sai số dưới 15 m", "Measure outdoors, wait for an error below 15 m";
    G07 Review "Thiếu toạ độ", "Coordinates missing", "Đến tận nhà để đo toạ độ", "Visit the house and take its position";
    G08 Warning "Điểm sát ngoài ranh giới xã", "The point lies just outside the commune", "Kiểm tra lại điểm trên bản đồ", "Check the point on the map";
    G09 Review "Điểm ngoài xã", "The point lies outside the commune", "Kiểm tra toạ độ và tên xã", "Check coordinates and commune";
    G10 Review "Nhiều hộ trùng một điểm", "Several households on one point", "Đo riêng từng nhà hoặc ghi chú ở chung nhà", "Measure each house, or note that they share one";
    G11 Review "Điểm ngoài tỉnh", "The point lies outside the province", "Đo lại toạ độ", "Take the position again";
    G12 Review "Cả tệp lệch hệ toạ độ", "The whole batch is shifted", "Kiểm tra hệ toạ độ của thiết bị", "Check the device's datum";
    G13 Warning "Điểm xa các hộ cùng thôn", "The point is far from the village's others", "Kiểm tra lại điểm hoặc tên thôn", "Check the point or the village";
    G14 Review "Điểm thuộc vùng không hiển thị", "The point is inside an exclusion mask", "Liên hệ quản trị", "Ask the administrator";
    G15 Fixed "Toạ độ suy từ mã", "Coordinates filled from the address code", "", "";
    P01 Warning "Số điện thoại không hợp lệ", "The phone number is unusable", "Xin lại số điện thoại", "Ask for the number again";
    P02 Fixed "Đã đổi đầu số", "Old mobile prefix renewed", "", "";
    P03 Fixed "Đã sửa số điện thoại", "Phone number mended", "", "";
    P04 Warning "Một số điện thoại cho nhiều hộ", "One phone number for many households", "Ghi số của chính chủ hộ", "Give the household's own number";
    I01 Warning "Số định danh không đủ 12 chữ số", "The identity number has not 12 digits", "Kiểm tra lại thẻ căn cước", "Check the identity card";
    I02 Warning "Số CMND 9 chữ số cũ", "Old identity card of 9 digits", "Ghi số căn cước 12 chữ số", "Give the number of 12 digits";
    I03 Warning "Số định danh bị Excel làm tròn", "Identity number rounded by Excel", "Định dạng cột là Text rồi nhập lại", "Format the column as text and type it again";
    I04 Warning "Số định danh không khớp giới tính hoặc năm sinh", "Identity number disagrees with sex or birth year", "Kiểm tra lại thẻ căn cước", "Check the identity card";
    I05 Review "Số định danh dùng cho hai hộ", "One identity number in two households", "Kiểm tra hai hộ", "Check both households";
    H01 Warning "Số nhân khẩu bất thường", "Unusual number of members", "Kiểm tra số nhân khẩu", "Check the number of members";
    H02 Warning "Số nhân khẩu khác danh sách", "Number of members differs from the register", "Kiểm tra số nhân khẩu", "Check the number of members";
    T01 Error "Ngày thu thập không có thật", "Impossible date of collection", "Sửa ngày theo dạng ngày/tháng/năm", "Write the date as day/month/year";
    T02 Review "Ngày thu thập ở tương lai hoặc trước 2015", "Date of collection in the future or before 2015", "Sửa ngày thu thập", "Mend the date";
    T03 Fixed "Đã đổi ngày từ số của Excel", "Excel serial date converted", "", "";
    D01 Info "Hộ đã nộp", "The household was handed in before", "", "";
    D02 Review "Một mã cho hai hộ", "One code, two households", "Kiểm tra mã của hai hộ", "Check the code of both households";
    D03 Review "Một hộ hai vị trí", "One household, two positions", "Chọn vị trí đúng", "Choose the right position";
    D04 Review "Có thể trùng", "Probable duplicate", "Xem hai phiếu có phải một hộ", "See whether both are one household";
    D05 Info "Nhiều hộ chung một nhà", "Several households at one place", "", "";
    D06 Info "Cùng số nhà ở thôn khác", "Same number in another village", "", "";
    D07 Info "Chỉ gần giống tên", "Near-identical name only", "", "";
    L01 Error "Dòng danh sách hộ không dùng được", "The register line cannot be used", "Sửa ô này rồi nạp lại danh sách", "Mend this cell and load the register again";
    R01 Info "Khớp danh sách", "Matched to a household of the register", "", "";
    R02 Review "Nhiều hộ có thể khớp", "Several households of the register fit", "Chọn đúng hộ trong danh sách", "Choose the household in the register";
    R03 Info "Ngoài danh sách", "In no register: outside the list", "", "";
    R04 Warning "Hộ đã có vị trí khác", "The household was already covered from another place", "Kiểm tra vị trí", "Check the position";
    R05 Info "Hộ vắng hoặc đã chuyển", "The register says away or moved", "", "";
    C01 Review "Chưa ghi căn cứ xử lý", "No legal basis recorded", "Ghi căn cứ xử lý dữ liệu", "Record the legal basis";
    C02 Warning "Đã bỏ cột nhạy cảm", "A sensitive column was dropped", "", "";
    V01 Info "Người duyệt chấp nhận", "Accepted by a reviewer", "", "";
    V02 Error "Người duyệt trả lại", "Rejected by a reviewer", "Làm theo lý do của người duyệt rồi nộp phiếu mới", "Do as the reviewer's reason says and hand in a new form";
    V03 Fixed "Người duyệt chọn đơn vị", "Unit chosen by a reviewer", "", "";
    V04 Fixed "Người duyệt chọn vị trí", "Position chosen by a reviewer", "", "";
}

impl RuleCode {
    /// The row of the table.
    #[must_use]
    pub fn rule(self) -> &'static Rule {
        &TABLE[self as usize]
    }
}

impl Rule {
    /// The whole table, in the order of the codes.
    #[must_use]
    pub fn table() -> &'static [Self] {
        TABLE
    }
}

impl fmt::Display for RuleCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no rule code.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no rule code")]
pub struct UnknownRule(pub Box<str>);

impl FromStr for RuleCode {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        Self::ALL
            .iter()
            .copied()
            .find(|c| c.as_str() == text)
            .ok_or_else(|| UnknownRule(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_finds_its_own_row_and_reads_back() {
        for &code in RuleCode::ALL {
            assert_eq!(code.rule().code, code);
            assert_eq!(code.as_str().parse(), Ok(code));
        }
        assert!("Z99".parse::<RuleCode>().is_err());
    }

    #[test]
    fn every_rule_that_stops_a_row_says_what_to_do() {
        for rule in Rule::table().iter().filter(|r| r.severity >= Severity::Review) {
            assert!(!rule.advice_vi.is_empty() && !rule.advice_en.is_empty(), "{}", rule.code);
        }
    }

    #[test]
    fn the_worst_severity_is_the_greatest() {
        assert!(Severity::Error > Severity::Review && Severity::Review > Severity::Warning);
        assert_eq!(Severity::from_letter("R"), Some(Severity::Review));
        assert_eq!(Severity::from_letter("?"), None);
    }
}
