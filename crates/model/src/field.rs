//! The columns that files may carry: one table row per column.

use crate::SourceKind;

/// A column of either kind of file.
pub trait Field: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// Every column, in the order in which files usually carry them.
    const ALL: &'static [Self];
    /// Fewest known headings that make a row a heading row.
    const FEWEST_KNOWN: usize;
    /// The heading of the template, in Vietnamese.
    fn title(self) -> &'static str;
    /// Stable name for machines (JSON, GeoPackage, mapping files).
    fn key(self) -> &'static str;
    /// Other headings under which the column arrives; matched without accents, case and punctuation.
    fn synonyms(self) -> &'static [&'static str];
    /// Whether a file without this column can be used at all.
    fn required(self) -> bool;
    /// Columns that together stand in for this one where it is required and missing; none for most.
    fn stand_ins(self) -> &'static [Self];
    /// Position in [`Field::ALL`].
    fn index(self) -> usize;
}

/// The heading of the column with a stable key in a kind of file.
#[must_use]
pub fn title_of(kind: SourceKind, key: &str) -> Option<&'static str> {
    fn find<F: Field>(key: &str) -> Option<&'static str> {
        F::ALL.iter().find(|f| f.key() == key).map(|f| f.title())
    }
    match kind {
        SourceKind::Submissions => find::<SubmissionField>(key),
        SourceKind::Register => find::<RegisterField>(key),
    }
}

macro_rules! fields {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])* $variant:ident: $key:literal, $title:literal, $required:literal, [$($synonym:literal),*];)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[doc = $doc])* $variant,)* }

        impl Field for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),*];
            const FEWEST_KNOWN: usize = Self::FEWEST;
            fn title(self) -> &'static str { match self { $(Self::$variant => $title),* } }
            fn key(self) -> &'static str { match self { $(Self::$variant => $key),* } }
            fn synonyms(self) -> &'static [&'static str] { match self { $(Self::$variant => &[$($synonym),*]),* } }
            fn required(self) -> bool { match self { $(Self::$variant => $required),* } }
            fn index(self) -> usize { self as usize }
            fn stand_ins(self) -> &'static [Self] {
                Self::STAND_INS.iter().find(|(field, _)| *field == self).map_or(&[], |(_, columns)| columns)
            }
        }
    };
}

fields! {
    /// A column of a file of submissions (design, §5).
    SubmissionField {
        /// Running number in the file; no datum.
        Ordinal: "ordinal", "STT", false, ["so thu tu", "tt", "no"];
        /// Number of the paper or electronic form.
        Form: "form", "Mã phiếu", false, ["so phieu", "ma ho so", "form id", "ma bieu"];
        /// Digital address code in any scheme.
        Code: "code", "Mã địa chỉ số", false, ["ma dia chi", "dia chi so", "ma dcs", "ma buu chinh", "address code", "ma so dia chi"];
        /// Name of the head of the household.
        Head: "head", "Họ và tên chủ hộ", true, ["ho ten chu ho", "chu ho", "ten chu ho", "ho va ten", "ho ten", "head", "name"];
        /// National identity number; never stored in clear.
        Identity: "identity", "Số ĐDCN/CCCD", false, ["cccd", "so cccd", "so dinh danh", "cmnd", "so cmnd cccd", "dinh danh ca nhan", "so dinh danh ca nhan", "cmnd cccd"];
        /// Telephone number.
        Phone: "phone", "Số điện thoại", false, ["dien thoai", "sdt", "so dt", "dt", "phone", "di dong"];
        /// House number.
        HouseNumber: "house_number", "Số nhà", false, ["so nha", "nha so", "house number"];
        /// Alley (kiệt in Huế; ngõ, hẻm elsewhere).
        Alley: "alley", "Kiệt/Ngõ/Hẻm", false, ["kiet", "ngo", "hem", "kiet ngo", "alley"];
        /// Street name.
        Street: "street", "Tên đường", false, ["duong", "duong pho", "ten duong pho", "street"];
        /// Village: thôn or tổ dân phố.
        Village: "village", "Thôn/Tổ dân phố", false, ["thon", "to dan pho", "tdp", "thon tdp", "thon xom", "to", "khu vuc", "village"];
        /// Commune: xã, phường or thị trấn.
        Commune: "commune", "Xã/Phường/Thị trấn", true, ["xa", "phuong", "xa phuong", "phuong xa", "xa phuong tt", "commune", "don vi"];
        /// District: huyện, quận, thị xã or thành phố.
        District: "district", "Huyện/Thị xã", false, ["huyen", "quan", "quan huyen", "huyen thi xa thanh pho", "district", "thi xa", "huyen tx tp"];
        /// Number of persons in the household.
        Members: "members", "Số nhân khẩu", false, ["nhan khau", "so khau", "so nguoi", "nk", "members"];
        /// Poverty class.
        Poverty: "poverty", "Diện hộ", false, ["ho ngheo", "ho ngheo can ngheo", "phan loai ho", "poverty"];
        /// Kind of object: dwelling, office, pagoda, …
        Object: "object", "Loại đối tượng", false, ["doi tuong", "loai hinh", "object"];
        /// Latitude, or northing in metres.
        Latitude: "latitude", "Vĩ độ", false, ["vi do", "lat", "latitude", "x m", "toa do x", "vido"];
        /// Longitude, or easting in metres.
        Longitude: "longitude", "Kinh độ", false, ["kinh do", "lon", "lng", "long", "longitude", "y m", "toa do y", "kinhdo"];
        /// Coordinate system as stated.
        System: "system", "Hệ tọa độ", false, ["he toa do", "crs", "he quy chieu"];
        /// Accuracy of the fix in metres.
        Accuracy: "accuracy", "Sai số GPS (m)", false, ["sai so", "sai so gps", "do chinh xac", "accuracy"];
        /// Who collected.
        Collector: "collector", "Người thu thập", false, ["nguoi nhap", "can bo thu thap", "dieu tra vien", "collector"];
        /// The collector's team.
        Team: "team", "Tổ CNSCĐ", false, ["to cong nghe so cong dong", "to cong nghe so", "team"];
        /// Day of collection.
        CollectedOn: "collected_on", "Ngày thu thập", true, ["ngay", "ngay nhap", "ngay cap nhat", "ngay khao sat", "date"];
        /// Channel: paper, app, import.
        Channel: "channel", "Kênh", false, ["kenh thu thap", "nguon", "channel"];
        /// Legal basis of processing.
        LegalBasis: "legal_basis", "Căn cứ xử lý", false, ["can cu", "dong y", "legal basis", "consent"];
        /// A whole position in one cell, where latitude and longitude have no cells of their own.
        Position: "position", "Tọa độ", false, ["toa do", "vi tri", "geopoint", "gps", "toa do gps", "location", "geolocation", "vi tri gps", "toa do dia ly"];
        /// Free note.
        Note: "note", "Ghi chú", false, ["chu thich", "note", "notes"];
    }
}

fields! {
    /// A column of a register file (design, §5).
    RegisterField {
        /// Running number in the file; no datum.
        Ordinal: "ordinal", "STT", false, ["so thu tu", "tt", "no"];
        /// Id of the household inside its register.
        HouseholdId: "household_id", "Mã hộ", true, ["ma so ho", "so ho", "household id", "ma ho gia dinh"];
        /// Name of the head of the household.
        Head: "head", "Họ và tên chủ hộ", true, ["ho ten chu ho", "chu ho", "ten chu ho", "ho va ten", "ho ten", "head"];
        /// Year of birth of the head.
        BirthYear: "birth_year", "Năm sinh", false, ["nam sinh chu ho", "ns", "birth year"];
        /// Sex of the head.
        Sex: "sex", "Giới tính", false, ["gioi", "nam nu", "sex"];
        /// Village: thôn or tổ dân phố.
        Village: "village", "Thôn/Tổ dân phố", true, ["thon", "to dan pho", "tdp", "thon tdp", "village"];
        /// Commune.
        Commune: "commune", "Xã/Phường", true, ["xa", "phuong", "xa phuong thi tran", "phuong xa", "commune"];
        /// Five-digit commune code of the statistics office.
        CommuneCode: "commune_code", "Mã xã", false, ["ma xa phuong", "ma dvhc", "commune code"];
        /// Address in one line.
        Address: "address", "Địa chỉ", false, ["dia chi thuong tru", "noi o", "address"];
        /// Kind of residence (permanent, temporary).
        Residence: "residence", "Loại cư trú", false, ["cu tru", "residence"];
        /// State of residence (present, away, moved, …).
        Status: "status", "Tình trạng cư trú", false, ["tinh trang", "trang thai", "status"];
        /// Number of persons in the household.
        Members: "members", "Số nhân khẩu", false, ["nhan khau", "so khau", "so nguoi", "members"];
        /// Poverty class.
        Poverty: "poverty", "Diện hộ", false, ["ho ngheo", "phan loai ho", "ho ngheo can ngheo", "poverty"];
        /// Source of the register: police, statistics, welfare.
        Source: "source", "Nguồn", false, ["nguon du lieu", "source"];
        /// Closing date of the register.
        ClosedOn: "closed_on", "Ngày chốt", false, ["ngay chot so lieu", "thoi diem", "closing date"];
        /// The decision by which the household is on a list of poor households: number and day.
        Decision: "decision", "Quyết định số, ngày", false, ["quyet dinh", "so quyet dinh", "quyet dinh so", "so ngay quyet dinh", "qd so ngay", "so qd", "decision"];
    }
}

fields! {
    /// A column of a file of addresses, or of places of a reference file.
    AddressField {
        /// The whole address in one cell.
        Line: "address", "Địa chỉ", false, ["dia chi day du", "dia chi thuong tru", "noi o", "full address", "q"];
        /// House number.
        HouseNumber: "house_number", "Số nhà", false, ["nha so", "house number", "number", "housenumber", "addr housenumber"];
        /// Alley (kiệt in Huế; ngõ, hẻm elsewhere).
        Alley: "alley", "Kiệt/Ngõ/Hẻm", false, ["kiet", "ngo", "hem", "kiet ngo"];
        /// Street name.
        Street: "street", "Tên đường", false, ["duong", "duong pho", "ten duong pho", "addr street"];
        /// Village: thôn or tổ dân phố.
        Village: "village", "Thôn/Tổ dân phố", false, ["thon", "to dan pho", "tdp", "thon tdp", "thon xom"];
        /// Commune: xã, phường or thị trấn.
        Commune: "commune", "Xã/Phường/Thị trấn", false, ["xa", "phuong", "xa phuong", "phuong xa", "xa phuong tt", "ward"];
        /// District: huyện, quận, thị xã or thành phố.
        District: "district", "Huyện/Thị xã", false, ["huyen", "quan", "quan huyen", "huyen thi xa thanh pho", "thi xa", "huyen tx tp"];
        /// Address code in any scheme, or postal code.
        Code: "code", "Mã địa chỉ số", false, ["ma dia chi", "dia chi so", "ma dcs", "ma buu chinh", "address code", "ma so dia chi"];
        /// Day on which it was written.
        CollectedOn: "collected_on", "Ngày thu thập", false, ["ngay", "ngay nhap", "ngay cap nhat", "ngay khao sat", "date"];
        /// Latitude, or northing in metres.
        Latitude: "latitude", "Vĩ độ", false, ["lat", "x m", "toa do x", "vido"];
        /// Longitude, or easting in metres.
        Longitude: "longitude", "Kinh độ", false, ["lon", "lng", "long", "y m", "toa do y", "kinhdo"];
        /// Coordinate system as stated.
        System: "system", "Hệ tọa độ", false, ["he toa do", "crs", "he quy chieu"];
        /// A whole position in one cell.
        Position: "position", "Tọa độ", false, ["toa do", "vi tri", "geopoint", "gps", "toa do gps", "location", "geolocation", "vi tri gps", "toa do dia ly"];
        /// Name of a place.
        Name: "name", "Tên địa điểm", false, [];
        /// Kind of a place: `house`, `street` or `village`.
        Kind: "kind", "Loại địa điểm", false, [];
    }
}

fields! {
    /// A column of a gap list that comes back filled.
    ResultField {
        /// Which line of which register the row is about; hidden in the workbook.
        Row: "row", "Mã dòng", false, ["row id"];
        /// The hash of what the row said; hidden in the workbook.
        Check: "check", "Mã kiểm tra", false, ["row hash"];
        /// Id of the household, as people see it.
        HouseholdId: "household_id", "Mã hộ", false, ["ma so ho", "household id"];
        /// Name of the head of the household.
        Head: "head", "Họ và tên chủ hộ", false, ["ho ten chu ho", "chu ho", "ten chu ho", "ho va ten", "ho ten", "head", "name"];
        /// Address in one line.
        Address: "address", "Địa chỉ", false, ["noi o", "address"];
        /// Village: thôn or tổ dân phố.
        Village: "village", "Thôn/Tổ dân phố", false, ["thon", "to dan pho", "tdp", "thon tdp", "village"];
        /// Commune.
        Commune: "commune", "Xã/Phường", false, ["xa", "phuong", "xa phuong thi tran", "phuong xa", "commune"];
        /// What came of the visit.
        Result: "result", "Kết quả", true, ["ket qua di thuc dia", "ket qua thuc hien", "result"];
        /// Free note.
        Note: "note", "Ghi chú", false, ["chu thich", "note", "notes"];
    }
}

impl ResultField {
    const FEWEST: usize = 2;
    const STAND_INS: &'static [(Self, &'static [Self])] = &[];
}

impl SubmissionField {
    const FEWEST: usize = 2;
    const STAND_INS: &'static [(Self, &'static [Self])] = &[];
}

impl AddressField {
    /// A column of addresses may stand alone.
    const FEWEST: usize = 1;
    const STAND_INS: &'static [(Self, &'static [Self])] = &[];
}

impl RegisterField {
    const FEWEST: usize = 2;
    /// Lists of poor households have no ids and name the place in one line; the decision tells them from a register that
    /// lost a column.
    const STAND_INS: &'static [(Self, &'static [Self])] = &[
        (Self::HouseholdId, &[Self::Poverty, Self::Decision]),
        (Self::Village, &[Self::Address, Self::Poverty, Self::Decision]),
        (Self::Commune, &[Self::Address, Self::Poverty, Self::Decision]),
    ];
}
