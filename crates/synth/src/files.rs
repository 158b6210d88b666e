//! A directory of files as people would hand them in.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use diachiso_model::{Field, LonLat, RegisterField, SubmissionField};

use crate::{
    Dirt, Output, SynthError, Truth,
    row::{Batch, Cells, REGISTER_COLUMNS, RegisterRow, SubmissionRow},
    sheet::Sheet,
    truth,
};

/// Says what the directory holds, for people who find it.
const LABEL_FILE: &str = "SYNTHETIC.txt";
const LABEL: &str = "Dữ liệu giả lập / synthetic data\n\n\
    Mọi tên, địa chỉ, số điện thoại và số định danh trong thư mục này đều do máy sinh ra.\n\
    Every name, address, phone and identity number in this folder was made up by a program.\n";

const PLAIN_FILE: &str = "phieu-dot-1.csv";
const SEMICOLON_FILE: &str = "phieu-dot-2.csv";
const SHEET_FILE: &str = "phieu-dot-3.xlsx";
const LATER_FILE: &str = "phieu-dot-4.csv";
/// Excel's mark of a UTF-8 csv.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const MASKS_FILE: &str = "vung-khong-hien-thi.geojson";
/// Half the side of a mask, degrees: 3 m, so that the house next door stays outside.
const MASK_DEG: f64 = 0.000_03;
const BUFFER_BYTES: usize = 1 << 18;

/// How the register is cut into files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RegisterLayout {
    /// `register.csv`.
    #[default]
    Single,
    /// `register-19867.csv`, …: one file a commune.
    PerCommune,
}

/// An [`Output`] that writes a directory; [`Files::finish`] completes it.
pub struct Files {
    directory: PathBuf,
    layout: RegisterLayout,
    register: Option<(usize, Table)>,
    registers: Vec<PathBuf>,
    plain: Table,
    semicolon: Table,
    later: Table,
    sheet: Sheet,
    truth: Table,
    households: Table,
    /// Houses inside areas that are not shown.
    masked: Vec<LonLat>,
}

/// The paths written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Register files.
    pub registers: Vec<PathBuf>,
    /// Submission files, in the order of handing in.
    pub submissions: Vec<PathBuf>,
    /// Areas that are not shown, GeoJSON; a collection without features where there are none.
    pub masks: PathBuf,
    /// The truth about submissions.
    pub truth: PathBuf,
    /// The truth about the register's households.
    pub households: PathBuf,
}

/// A csv file that counts its rows.
struct Table {
    path: PathBuf,
    writer: csv::Writer<BufWriter<File>>,
    rows: u32,
}

impl Files {
    /// Starts all files of a directory, which is made if it is missing.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn create(directory: &Path, layout: RegisterLayout) -> Result<Self, SynthError> {
        let io = |e| SynthError::Io(directory.to_owned(), e);
        std::fs::create_dir_all(directory).map_err(io)?;
        std::fs::write(directory.join(LABEL_FILE), LABEL).map_err(io)?;
        let titles: Vec<&str> = SubmissionField::ALL.iter().map(|f| f.title()).collect();
        let table =
            |name: &str, titles: &[&str]| Table::create(directory.join(name), b',', false, titles);
        Ok(Self {
            layout,
            register: None,
            registers: Vec::new(),
            plain: table(PLAIN_FILE, &titles)?,
            semicolon: Table::create(directory.join(SEMICOLON_FILE), b';', true, &titles)?,
            later: table(LATER_FILE, &titles)?,
            sheet: Sheet::new().map_err(|e| SynthError::Sheet(directory.join(SHEET_FILE), e))?,
            truth: table(truth::SUBMISSIONS_FILE, &truth::SUBMISSIONS_HEADER)?,
            households: table(truth::HOUSEHOLDS_FILE, &truth::HOUSEHOLDS_HEADER)?,
            masked: Vec::new(),
            directory: directory.to_owned(),
        })
    }

    /// Writes what is left and closes all files.
    ///
    /// # Errors
    /// When a file cannot be written to its end.
    pub fn finish(self) -> Result<Written, SynthError> {
        let sheet = self.directory.join(SHEET_FILE);
        self.sheet.close(&sheet).map_err(|e| SynthError::Sheet(sheet.clone(), e))?;
        if let Some((_, register)) = self.register {
            register.close()?;
        }
        let [plain, semicolon, later] = [self.plain, self.semicolon, self.later].map(Table::close);
        let masks = self.directory.join(MASKS_FILE);
        std::fs::write(&masks, squares(&self.masked))
            .map_err(|e| SynthError::Io(masks.clone(), e))?;
        Ok(Written {
            masks,
            registers: self.registers,
            submissions: vec![plain?, semicolon?, sheet, later?],
            truth: self.truth.close()?,
            households: self.households.close()?,
        })
    }

    fn register(&mut self, commune: usize, code: &str) -> Result<&mut Table, SynthError> {
        let part = if self.layout == RegisterLayout::Single { 0 } else { commune };
        let open = self.register.take_if(|(p, _)| *p != part);
        if let Some((_, done)) = open {
            done.close()?;
        }
        if self.register.is_none() {
            let name = match self.layout {
                RegisterLayout::Single => "register.csv".to_owned(),
                RegisterLayout::PerCommune => format!("register-{code}.csv"),
            };
            let fields = &RegisterField::ALL[..REGISTER_COLUMNS];
            let titles: Vec<&str> = fields.iter().map(|f| f.title()).collect();
            let path = self.directory.join(name);
            self.registers.push(path.clone());
            self.register = Some((part, Table::create(path, b',', false, &titles)?));
        }
        Ok(&mut self.register.as_mut().expect("opened above").1)
    }
}

impl Output for Files {
    fn register_row(&mut self, row: &RegisterRow) -> Result<(), SynthError> {
        let code = row.cells.get(RegisterField::CommuneCode);
        let table = self.register(row.commune, code)?;
        table.numbered(&row.cells)?;
        self.households.write(truth::household_record(row))?;
        Ok(())
    }

    fn submission_row(&mut self, row: &SubmissionRow, truth: &Truth) -> Result<(), SynthError> {
        let (name, at) = match row.batch {
            Batch::Plain => (PLAIN_FILE, self.plain.numbered(&row.cells)?),
            Batch::Semicolon => (SEMICOLON_FILE, self.semicolon.numbered(&row.cells)?),
            Batch::Later => (LATER_FILE, self.later.numbered(&row.cells)?),
            Batch::Sheet => {
                let path = || self.directory.join(SHEET_FILE);
                (SHEET_FILE, self.sheet.write(row).map_err(|e| SynthError::Sheet(path(), e))?)
            }
        };
        if truth.kinds.contains(&Dirt::Masked) {
            self.masked.push(truth.at);
        }
        self.truth.write(truth::submission_record(name, at, truth))?;
        Ok(())
    }
}

/// A square about each place, as a GeoJSON feature collection.
fn squares(places: &[LonLat]) -> String {
    let square = |place: &LonLat| {
        let at = |dx: f64, dy: f64| {
            format!("[{:.7},{:.7}]", place.lon() + dx * MASK_DEG, place.lat() + dy * MASK_DEG)
        };
        let ring = [at(-1., -1.), at(1., -1.), at(1., 1.), at(-1., 1.), at(-1., -1.)].join(",");
        let geometry = format!(r#"{{"type":"Polygon","coordinates":[[{ring}]]}}"#);
        format!(r#"{{"type":"Feature","properties":{{"synthetic":true}},"geometry":{geometry}}}"#)
    };
    let features: Vec<String> = places.iter().map(square).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"))
}

impl Table {
    fn create(
        path: PathBuf,
        delimiter: u8,
        marked: bool,
        titles: &[&str],
    ) -> Result<Self, SynthError> {
        let io = |e| SynthError::Io(path.clone(), e);
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create(&path).map_err(io)?);
        if marked {
            file.write_all(BYTE_ORDER_MARK).map_err(io)?;
        }
        let writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(file);
        let mut table = Self { path, writer, rows: 0 };
        table.write(titles)?;
        Ok(table)
    }

    /// Writes a record and says at which row, from 1.
    fn write<R>(&mut self, record: R) -> Result<u32, SynthError>
    where
        R: IntoIterator,
        R::Item: AsRef<[u8]>,
    {
        self.writer.write_record(record).map_err(|e| SynthError::csv(&self.path, e))?;
        self.rows += 1;
        Ok(self.rows)
    }

    /// Writes cells with a running number in place of the first.
    fn numbered<const N: usize>(&mut self, cells: &Cells<N>) -> Result<u32, SynthError> {
        let ordinal = self.rows.to_string();
        self.write(std::iter::once(ordinal.as_str()).chain(cells.iter().skip(1)))
    }

    fn close(mut self) -> Result<PathBuf, SynthError> {
        self.writer.flush().map_err(|e| SynthError::Io(self.path.clone(), e))?;
        Ok(self.path)
    }
}
