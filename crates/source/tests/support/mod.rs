//! Files of the formats that no writer here makes: ods and xls, put together byte by byte.

pub(crate) mod zip;

use zip::zip;

/// An ods file whose sheets are the given rows in XML.
pub(crate) fn ods(sheets: &[(&str, &str)]) -> Vec<u8> {
    let tables: Vec<String> = sheets
        .iter()
        .map(|(name, rows)| format!("<table:table table:name=\"{name}\">{rows}</table:table>"))
        .collect();
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" office:version=\"1.2\">\
         <office:body><office:spreadsheet>{}</office:spreadsheet></office:body>\
         </office:document-content>",
        tables.concat()
    );
    let manifest = "<?xml version=\"1.0\"?><manifest:manifest \
         xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    zip(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", &content),
    ])
}

/// A row of an ods sheet with texts.
pub(crate) fn ods_row(cells: &[&str]) -> String {
    let cell = |text: &&str| match *text {
        "" => "<table:table-cell/>".to_owned(),
        text => format!(
            "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"
        ),
    };
    let cells: Vec<String> = cells.iter().map(cell).collect();
    format!("<table:table-row>{}</table:table-row>", cells.concat())
}

/// An xls file (BIFF8) with one sheet of texts.
pub(crate) fn xls(rows: &[&[&str]]) -> Vec<u8> {
    let mut labels = Vec::new();
    for (row, cells) in (0_u16..).zip(rows) {
        for (column, text) in (0_u16..).zip(*cells) {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let length = u16::try_from(units.len() / 2).expect("small");
            let mut label = [row, column, 0, length].map(u16::to_le_bytes).concat();
            label.push(1);
            label.extend(units);
            labels.extend(xls_record(0x0204, &label));
        }
    }
    compound_file("Workbook", xls_stream(&[], &labels))
}

/// A record of an xls file.
pub(crate) fn xls_record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("small");
    [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
}

/// The stream of an xls file: records of the whole book, then those of its only sheet.
pub(crate) fn xls_stream(of_book: &[u8], of_sheet: &[u8]) -> Vec<u8> {
    let begin = |kind: u8| xls_record(0x0809, &[0, 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let end = xls_record(0x000A, &[]);
    let mut stream = [&begin(5), of_book].concat();
    let at = stream.len() + 4 + 8 + 5 + end.len();
    let mut sheet = u32::try_from(at).expect("small").to_le_bytes().to_vec();
    sheet.extend(b"\0\0\x05\0Sheet");
    stream.extend(xls_record(0x0085, &sheet));
    stream.extend(&end);
    assert_eq!(stream.len(), at);
    stream.extend(begin(0x10));
    stream.extend(of_sheet);
    stream.extend(&end);
    stream
}

/// A compound file (MS-CFB, version 3) with one stream in whole sectors.
pub(crate) fn compound_file(name: &str, mut stream: Vec<u8>) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xFFFF_FFFE;
    const FREE: u32 = 0xFFFF_FFFF;
    /// Sectors that a sector of the allocation table chains.
    const CHAINED: u32 = 128;
    /// Sectors of the table that the header can name: files of 7 MB.
    const NAMED: u32 = 109;
    // Streams below 4 KiB would live in a stream of small sectors.
    stream.resize(stream.len().max(4_096).next_multiple_of(SECTOR), 0);
    let sectors = u32::try_from(stream.len() / SECTOR).expect("small");
    // The tables come first, then the directory, then the stream.
    let tables = (1..=NAMED).find(|tables| tables + 1 + sectors <= tables * CHAINED);
    let tables = tables.expect("the header names every sector of the table");
    let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    bytes.extend([0; 16]);
    for word in [0x3E_u16, 3, 0xFFFE, 9, 6, 0, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    // No directory count, the tables, the directory, no small sectors, no further table.
    for word in [0, tables, tables, 0, 4_096, END, 0, END, 0] {
        bytes.extend(u32::to_le_bytes(word));
    }
    bytes.extend((0..tables).flat_map(u32::to_le_bytes));
    bytes.resize(SECTOR, 0xFF);
    let mut table = vec![0xFFFF_FFFD; tables as usize];
    table.push(END);
    let first = tables + 1;
    table.extend((0..sectors).map(|at| if at + 1 < sectors { first + at + 1 } else { END }));
    table.resize((tables * CHAINED) as usize, FREE);
    bytes.extend(table.into_iter().flat_map(u32::to_le_bytes));
    let directory = bytes.len();
    for (name, kind, child, start, size) in
        [("Root Entry", 5, 1, END, 0), (name, 2, FREE, first, stream.len())]
    {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(entry.len() + 2).expect("small");
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        for word in [FREE, FREE, child] {
            entry.extend(word.to_le_bytes());
        }
        entry.extend([0; 36]);
        entry.extend(start.to_le_bytes());
        entry.extend((size as u64).to_le_bytes());
        assert_eq!(entry.len(), 128);
        bytes.extend(entry);
    }
    bytes.resize(directory + SECTOR, 0);
    bytes.extend(stream);
    bytes
}

/// An xlsx file whose only sheet has the given data in XML.
pub(crate) fn xlsx(sheet_data: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"rId1\" \
             Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"S\" \
         sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let sheet =
        format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{sheet_data}</sheetData></worksheet>");
    zip(&[
        ("[Content_Types].xml", types),
        ("_rels/.rels", &relation("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &relation("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}
