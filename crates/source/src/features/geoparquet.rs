//! `GeoParquet` 1.1: one row a feature, its shape as WKB in the column `geometry`, in longitude and latitude (OGC:CRS84,
//! which a file that names no system is in).

use std::{io::Write, sync::Arc};

use geo_types::{LineString, MultiPolygon};
use parquet::{
    basic::{ConvertedType, Repetition, Type as Physical},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};
use serde_json::{Value, json};

use super::{FeatureColumn, FeatureKind, FeatureTable, text};
use crate::WriteError;

/// The column of shapes.
const GEOMETRY: &str = "geometry";
const WKB_POLYGON: u32 = 3;
const WKB_MULTI_POLYGON: u32 = 6;

/// Writes a table.
///
/// # Errors
/// When the place written to fails.
pub fn write_geoparquet(table: &FeatureTable<'_>, to: impl Write + Send) -> Result<(), WriteError> {
    let told = json!({
        "version": "1.1.0",
        "primary_column": GEOMETRY,
        "columns": { GEOMETRY: {
            "encoding": "WKB",
            "geometry_types": ["MultiPolygon"],
            "bbox": table.bounds(),
        } },
    });
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![KeyValue::new("geo".to_owned(), told.to_string())]))
        .build();
    let mut file = SerializedFileWriter::new(to, schema(table)?, Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    let mut number = 0;
    while let Some(mut column) = group.next_column()? {
        // The shapes come first, then the columns.
        match number {
            0 => {
                let shapes: Vec<ByteArray> =
                    table.features.iter().map(|(shape, _)| wkb(shape).into()).collect();
                if let ColumnWriter::ByteArrayColumnWriter(writer) = column.untyped() {
                    writer.write_batch(&shapes, None, None)?;
                }
            }
            n => write(table, &table.columns[n - 1], column.untyped())?,
        }
        number += 1;
        column.close()?;
    }
    group.close()?;
    file.close()?;
    Ok(())
}

fn schema(table: &FeatureTable<'_>) -> Result<Arc<Type>, ParquetError> {
    let field = |name: &str, kind, repetition, converted| {
        let built = Type::primitive_type_builder(name, kind)
            .with_repetition(repetition)
            .with_converted_type(converted)
            .build();
        built.map(Arc::new)
    };
    let shape = field(GEOMETRY, Physical::BYTE_ARRAY, Repetition::REQUIRED, ConvertedType::NONE)?;
    let columns = table.columns.iter().map(|column| {
        let (kind, converted) = match column.kind {
            FeatureKind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            FeatureKind::Integer => (Physical::INT64, ConvertedType::NONE),
            FeatureKind::Real => (Physical::DOUBLE, ConvertedType::NONE),
            FeatureKind::Truth => (Physical::BOOLEAN, ConvertedType::NONE),
        };
        field(&column.name, kind, Repetition::OPTIONAL, converted)
    });
    let fields = std::iter::once(Ok(shape)).chain(columns).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("features").with_fields(fields).build().map(Arc::new)
}

fn write(
    table: &FeatureTable<'_>,
    column: &FeatureColumn,
    writer: &mut ColumnWriter<'_>,
) -> Result<(), ParquetError> {
    let values: Vec<Option<&Value>> = table
        .features
        .iter()
        .map(|(_, properties)| properties.get(&column.name).filter(|value| !value.is_null()))
        .collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let there = || values.iter().flatten();
    match writer {
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let all: Vec<ByteArray> =
                there().map(|value| text(Some(value)).into_bytes().into()).collect();
            writer.write_batch(&all, Some(&levels), None)?;
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            let all: Vec<i64> = there().map(|value| value.as_i64().unwrap_or(i64::MAX)).collect();
            writer.write_batch(&all, Some(&levels), None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let all: Vec<f64> = there().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect();
            writer.write_batch(&all, Some(&levels), None)?;
        }
        ColumnWriter::BoolColumnWriter(writer) => {
            let all: Vec<bool> = there().map(|value| value.as_bool().unwrap_or(false)).collect();
            writer.write_batch(&all, Some(&levels), None)?;
        }
        _ => return Err(ParquetError::General(format!("{}: no such column", column.name))),
    }
    Ok(())
}

/// Well-known binary, little endian.
fn wkb(shape: &MultiPolygon<f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    head(&mut bytes, WKB_MULTI_POLYGON, shape.0.len());
    for polygon in &shape.0 {
        head(&mut bytes, WKB_POLYGON, 1 + polygon.interiors().len());
        for LineString(points) in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            bytes.extend((points.len() as u32).to_le_bytes());
            for at in points {
                bytes.extend(at.x.to_le_bytes());
                bytes.extend(at.y.to_le_bytes());
            }
        }
    }
    bytes
}

fn head(bytes: &mut Vec<u8>, kind: u32, parts: usize) {
    bytes.push(1);
    bytes.extend(kind.to_le_bytes());
    bytes.extend((parts as u32).to_le_bytes());
}
