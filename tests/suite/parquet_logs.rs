//! Logs as Parquet: kinds of columns, structs and lists, codecs, several batches, packed files,
//! and files that are damaged in any place.

use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, Int64Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::types::{ArrowPrimitiveType, Decimal256Type, Int8Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, DictionaryArray,
    Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
};
use arrow_schema::{Field, Fields};
use counterscope::base::events::{EventSettings, Format, Yields};
use counterscope::base::time::TimeUnit;
use counterscope::base::time_format::TimeFormat;
use counterscope::base::time_rules::{LocalZone, TimeRules};
use counterscope::base::{Value, Zone};
use counterscope::log::{Compression, Encoding, EventSource, LogError, Reader};
use counterscope::tape::{Reason, Tape, TapeWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, GzipLevel, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::log::{attributes, gzip, load, load_text, text, types, values, write};

/// 2024-06-10T06:00:00Z.
const START: i64 = 1_717_999_200_000;

fn pack(columns: Vec<(&str, ArrayRef)>, properties: WriterProperties) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, values)| (name, values, true)),
    )
    .unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// A file of the cells of a table, with commas between them under a head line: columns of whole
/// numbers, of numbers or of text, by what all cells of one are; an empty cell is null.
pub(crate) fn from_cells(text: &str) -> Vec<u8> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::trim).collect::<Vec<_>>());
    let head = lines.next().unwrap_or_default();
    let lines: Vec<Vec<&str>> = lines.collect();
    let column = |at: usize| -> ArrayRef {
        let cells = || lines.iter().map(move |line| line.get(at).filter(|cell| !cell.is_empty()));
        let whole: Vec<_> = cells().map(|cell| cell.map(|cell| cell.parse::<i64>())).collect();
        let float: Vec<_> = cells().map(|cell| cell.map(|cell| cell.parse::<f64>())).collect();
        if whole.iter().flatten().all(Result::is_ok) {
            array(whole.into_iter().map(|cell| cell.map(Result::unwrap)).collect::<Int64Array>())
        } else if float.iter().flatten().all(Result::is_ok) {
            array(float.into_iter().map(|cell| cell.map(Result::unwrap)).collect::<Float64Array>())
        } else {
            array(cells().collect::<StringArray>())
        }
    };
    pack(
        head.iter().enumerate().map(|(at, name)| (*name, column(at))).collect(),
        with(Codec::SNAPPY),
    )
}

fn with(codec: Codec) -> WriterProperties {
    WriterProperties::builder().set_compression(codec).build()
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

/// So many events of two types, a minute apart, in groups of 1,000 rows.
fn many(rows: i64) -> Vec<u8> {
    let kind = |n| if n % 3 == 0 { "buy" } else { "view" };
    let columns = vec![
        ("unused", array(Int64Array::from_iter_values((0..rows).map(|n| n * n)))),
        (
            "ts",
            array(TimestampMillisecondArray::from_iter_values(
                (0..rows).map(|n| START + 60_000 * n),
            )),
        ),
        ("event", array(StringArray::from_iter_values((0..rows).map(kind)))),
        ("n", array(Int64Array::from_iter_values(0..rows))),
    ];
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .set_compression(Codec::SNAPPY)
        .build();
    pack(columns, properties)
}

fn integer(whole: i128) -> Value {
    Value::Integer(whole)
}

fn integers<const N: usize>(whole: [i128; N]) -> [Option<Value>; N] {
    whole.map(|whole| Some(integer(whole)))
}

/// Four events with lists of items, one of them null and one empty.
pub(crate) fn with_lists() -> Vec<u8> {
    type Item = (Option<&'static str>, Option<i64>);
    let fields = Fields::from(vec![
        Field::new("id", arrow_schema::DataType::Utf8, true),
        Field::new("n", arrow_schema::DataType::Int64, true),
    ]);
    let builders: Vec<Box<dyn ArrayBuilder>> =
        vec![Box::new(StringBuilder::new()), Box::new(Int64Builder::new())];
    let mut items = ListBuilder::new(StructBuilder::new(fields, builders));
    let rows: [Option<&[Item]>; 4] = [
        Some(&[(None, Some(1)), (Some("b"), None)]),
        None,
        Some(&[]),
        Some(&[(Some("a"), Some(2)), (Some("a"), Some(3))]),
    ];
    for row in rows {
        for (id, n) in row.unwrap_or_default() {
            items.values().field_builder::<StringBuilder>(0).unwrap().append_option(*id);
            items.values().field_builder::<Int64Builder>(1).unwrap().append_option(*n);
            items.values().append(true);
        }
        items.append(row.is_some());
    }
    let columns = vec![
        ("items", array(items.finish())),
        ("ts", array(Int64Array::from_iter_values((0..4).map(|n| START + n)))),
        ("type", array(StringArray::from(vec!["buy"; 4]))),
    ];
    pack(columns, with(Codec::SNAPPY))
}

#[test]
fn a_path_leads_into_a_list_of_structs() {
    let names =
        ["items[].id", "items[].n", "items[0].n", "items[id=a].n", "items[id=b].n", "items"];
    let bytes = with_lists();
    let (_, tape) = load_text(&bytes, &EventSettings::default(), &names);
    let list = |values: &[Value]| Some(Value::List(values.to_vec()));
    let [a, b] = ["a", "b"].map(|text| Value::Text(text.to_owned()));
    assert_eq!(values(&tape, 0), [list(&[b]), None, list(&[]), list(&[a.clone(), a])]);
    let of = |numbers: &[i128]| {
        list(&numbers.iter().map(|number| Value::Integer(*number)).collect::<Vec<_>>())
    };
    assert_eq!(values(&tape, 1), [of(&[1]), None, of(&[]), of(&[2, 3])]);
    let one = |number: i128| Some(Value::Integer(number));
    assert_eq!(values(&tape, 2), [one(1), None, None, one(2)]);
    assert_eq!(values(&tape, 3), [None, None, None, one(2)], "the first of two");
    assert_eq!(values(&tape, 4), [None, None, None, None]);

    let each = Yields { each: Some("items".to_owned()), ..Yields::default() };
    let settings = EventSettings { yields: each, ..EventSettings::default() };
    let (_, tape) = load_text(&bytes, &settings, &["id", "items.n", "items[0].n"]);
    let [a, b] = ["a", "b"].map(|text| Some(Value::Text(text.to_owned())));
    assert_eq!(values(&tape, 0), [None, b, a.clone(), a]);
    assert_eq!(values(&tape, 1), [one(1), None, one(2), one(3)]);
    assert_eq!(values(&tape, 2), [one(1), one(1), one(2), one(2)], "of the line");
    let rejections = [(Reason::NoList, 1), (Reason::EmptyList, 1)];
    assert_eq!(tape.rejections().by_count(), rejections);
}

#[test]
fn a_batch_is_bounded_by_the_elements_of_its_lists() {
    let fields = Fields::from(vec![Field::new("n", arrow_schema::DataType::Int64, true)]);
    let builders: Vec<Box<dyn ArrayBuilder>> = vec![Box::new(Int64Builder::new())];
    let mut items = ListBuilder::new(StructBuilder::new(fields, builders));
    let (rows, elements) = (300, 1000);
    for _ in 0..rows {
        for n in 0..elements {
            items.values().field_builder::<Int64Builder>(0).unwrap().append_value(n);
            items.values().append(true);
        }
        items.append(true);
    }
    let columns = vec![
        ("items", array(items.finish())),
        ("ts", array(Int64Array::from_iter_values((0..rows).map(|n| START + n)))),
        ("type", array(StringArray::from(vec!["buy"; rows as usize]))),
    ];
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, pack(columns, with(Codec::SNAPPY))).unwrap();
    let each = Yields { each: Some("items".to_owned()), ..Yields::default() };
    let settings = EventSettings { yields: each, ..EventSettings::default() };
    let mut reader = Reader::open(&[path], &settings, &["n".to_owned()]).unwrap();
    let mut sizes = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        sizes.push(batch.len());
    }
    assert_eq!(sizes.iter().sum::<usize>(), (rows * elements) as usize);
    assert!(sizes.iter().all(|size| *size <= 2 * 64 * 1024 + 1000), "{sizes:?}");
}

#[test]
fn the_time_of_arrival_is_read_by_its_own_column() {
    let times = |seconds: [i64; 2]| seconds.map(|second| START + 1000 * second);
    let typed = |seconds| array(TimestampMillisecondArray::from(times(seconds).to_vec()));
    let text = |seconds| {
        let text = times(seconds)
            .map(|millis| counterscope::base::Timestamp(millis).format("%d.%m.%Y %H:%M:%S"));
        array(StringArray::from(text.to_vec()))
    };
    let columns: [(&str, ArrayRef, ArrayRef); 2] = [
        ("a format beside a column of times", typed([1, 2]), text([5, 7])),
        ("a column of times beside a format", text([1, 2]), typed([5, 7])),
    ];
    for (what, ts, got) in columns {
        let kind = array(StringArray::from(vec!["a"; 2]));
        let bytes = pack(vec![("ts", ts), ("got", got), ("type", kind)], WriterProperties::new());
        let format = TimeFormat::new("%d.%m.%Y %H:%M:%S").ok();
        let settings = EventSettings {
            known: Some("got".to_owned()),
            times: TimeRules { format, ..TimeRules::default() },
            ..EventSettings::default()
        };
        let (_, tape) = load_text(&bytes, &settings, &[]);
        let known: Vec<_> = (0..tape.rows()).map(|row| tape.arrival(row).map(|it| it.0)).collect();
        assert_eq!(known, times([5, 7]).map(Some), "{what}");
        let own: Vec<_> = (0..tape.rows()).map(|row| tape.time(row)).collect();
        assert_eq!(own, times([1, 2]), "{what}");
    }
}

#[test]
fn every_kind_of_column_is_read() {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("a"), None, Some("b")]);
    tags.append_null();
    let geo = StructArray::new(
        Fields::from(vec![
            Field::new("country", arrow_schema::DataType::Utf8, true),
            Field::new("zip", arrow_schema::DataType::Int32, true),
        ]),
        vec![
            array(StringArray::from(vec!["DE", "FR"])),
            array(Int32Array::from(vec![Some(10115), None])),
        ],
        Some(vec![true, false].into()),
    );
    let user: DictionaryArray<Int8Type> = vec!["u1", "u1"].into_iter().collect();
    let micros = |millis: i64| 1000 * millis + 7;
    let columns = vec![
        ("a.b", array(Int32Array::from(vec![1, 2]))),
        ("tags", array(tags.finish())),
        ("geo", array(geo)),
        (
            "ts",
            array(
                TimestampMicrosecondArray::from(vec![micros(START + 1), micros(START)])
                    .with_timezone("+02:00"),
            ),
        ),
        ("type", array(StringArray::from(vec!["show", "like"]))),
        ("user", array(user)),
        (
            "price",
            array(Decimal128Array::from(vec![1250, 2000]).with_precision_and_scale(9, 2).unwrap()),
        ),
        ("share", array(Float32Array::from(vec![0.1, f32::NAN]))),
        ("long", array(Float64Array::from(vec![Some(1e300), None]))),
        ("ok", array(BooleanArray::from(vec![true, false]))),
        ("day", array(Date32Array::from(vec![19_884, -1]))),
        ("seen", array(TimestampNanosecondArray::from(vec![1_000_000 * START - 1, -1]))),
    ];
    let names = [
        "tags",
        "geo.country",
        "geo.zip",
        "user",
        "price",
        "share",
        "long",
        "ok",
        "day",
        "seen",
        "ts",
        "a.b",
        "geo",
        "missing",
    ];
    let bytes = pack(columns, WriterProperties::default());
    let (reader, tape) = load_text(bytes, &EventSettings::default(), &names);
    assert_eq!(tape.rejections().total(), 0);
    assert_eq!(types(&tape), ["like", "show"], "sorted by time");
    assert_eq!(*tape.times(..), [START, START + 1]);
    let column = |name: &str| values(&tape, names.iter().position(|known| *known == name).unwrap());
    let list = Value::List(vec![text("a"), text("b")]);
    assert_eq!(column("tags"), [None, Some(list)]);
    assert_eq!(column("geo.country"), [None, Some(text("DE"))], "its struct is null");
    assert_eq!(column("geo.zip"), [None, Some(integer(10115))]);
    assert_eq!(column("user"), [Some(text("u1")), Some(text("u1"))]);
    assert_eq!(column("price"), [Some(integer(20)), Some(Value::Float(12.5))]);
    assert_eq!(column("share"), [None, Some(Value::Float(0.1))]);
    assert_eq!(column("long"), [None, Some(Value::Float(1e300))]);
    assert_eq!(column("ok"), [Some(Value::Bool(false)), Some(Value::Bool(true))]);
    assert_eq!(column("day"), [Some(text("1969-12-31")), Some(text("2024-06-10"))]);
    assert_eq!(column("seen"), [Some(integer(-1)), Some(integer(i128::from(START) - 1))]);
    assert_eq!(column("ts"), [Some(integer(START.into())), Some(integer(i128::from(START) + 1))]);
    assert_eq!(column("a.b"), [Some(integer(2)), Some(integer(1))], "a dot in a name");
    assert_eq!((column("geo"), column("missing")), (vec![None; 2], vec![None; 2]));
    let detected = reader.detected().unwrap();
    assert_eq!((detected.format, detected.encoding), (Format::Flat, Encoding::Parquet));
    assert_eq!((detected.timestamp.as_str(), detected.kind.as_deref()), ("ts", Some("type")));
    assert_eq!(detected.unit, Some(TimeUnit::Millis));
}

/// Decimals that are whole are exact, of up to 38 digits; longer ones are texts, so that no two are
/// one key.
#[test]
fn whole_decimals_are_their_digits() {
    let long = 12_345_678_901_234_567_890_123_i128;
    let wide =
        |digits| <Decimal256Type as ArrowPrimitiveType>::Native::from_string(digits).unwrap();
    let beyond = ["1", "2"].map(|last| format!("{}{last}", "7".repeat(40)));
    let bytes = pack(
        vec![
            ("ts", array(Int64Array::from(vec![START, START + 1]))),
            ("event", array(StringArray::from(vec!["x", "x"]))),
            (
                "whole",
                array(
                    Decimal128Array::from(vec![long, long + 1])
                        .with_precision_and_scale(38, 0)
                        .unwrap(),
                ),
            ),
            (
                "scaled",
                array(
                    Decimal128Array::from(vec![long * 100, 150])
                        .with_precision_and_scale(38, 2)
                        .unwrap(),
                ),
            ),
            (
                "wide",
                array(
                    Decimal256Array::from(beyond.each_ref().map(|digits| wide(digits)).to_vec())
                        .with_precision_and_scale(76, 0)
                        .unwrap(),
                ),
            ),
        ],
        WriterProperties::default(),
    );
    let (_, tape) = load_text(&bytes, &EventSettings::default(), &["whole", "scaled", "wide"]);
    assert_eq!(values(&tape, 0), integers([long, long + 1]));
    assert_eq!(values(&tape, 1), [Some(integer(long)), Some(Value::Float(1.5))]);
    assert_eq!(values(&tape, 2), beyond.map(|digits| Some(text(&digits))));
}

/// The type of a column may claim any number of digits, and a value have any number of bytes: those
/// beyond every use are missing, and cost nothing.
#[test]
fn decimals_beyond_every_use_are_missing() {
    let schema = "message log {
        required int64 ts;
        required binary event (STRING);
        required binary most (DECIMAL(1000, 1000));
        required binary more (DECIMAL(1001, 1001));
        required binary wide (DECIMAL(70000, 70000));
        required binary huge (DECIMAL(2147483647, 2147483647));
        required binary long (DECIMAL(200, 0));
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer =
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::default()))
            .unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[START, START + 1], None, None).unwrap();
    column.close().unwrap();
    let number = |length: usize| {
        let mut bytes = vec![0; length];
        bytes[length - 1] = 7;
        bytes
    };
    let small = [vec![0], vec![0]];
    let long = [number(64), number(65)];
    for values in [&[b"x".to_vec(), b"x".to_vec()], &small, &small, &small, &small, &long] {
        let mut column = group.next_column().unwrap().unwrap();
        let values = values.clone().map(ByteArray::from);
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    let bytes = writer.into_inner().unwrap();
    let names = ["most", "more", "wide", "huge", "long"];
    let (_, tape) = load_text(&bytes, &EventSettings::default(), &names);
    assert_eq!(values(&tape, 0), integers([0, 0]));
    for missing in [1, 2, 3] {
        assert_eq!(values(&tape, missing), [None, None], "{}", names[missing]);
    }
    assert_eq!(values(&tape, 4), [Some(integer(7)), None]);
}

#[test]
fn a_column_of_times_needs_no_unit() {
    // Early in 1971 a count of milliseconds is as small as one of seconds.
    let early = 40_000_000_000;
    let columns = vec![
        ("ts", array(TimestampMillisecondArray::from(vec![early]))),
        ("event", array(Int32Array::from(vec![7]))),
    ];
    let settings =
        EventSettings { times: TimeRules::in_unit(TimeUnit::Seconds), ..EventSettings::default() };
    let (_, tape) = load_text(pack(columns, WriterProperties::default()), &settings, &[]);
    assert_eq!((&*tape.times(..), types(&tape)), (&[early][..], vec!["7"]));
    let columns = vec![
        ("ts", array(Int64Array::from(vec![1_718_000_000]))),
        ("event", array(StringArray::from(vec!["a"]))),
    ];
    let (reader, tape) =
        load_text(pack(columns, WriterProperties::default()), &EventSettings::default(), &[]);
    assert_eq!(*tape.times(..), [1_718_000_000_000]);
    assert_eq!(reader.detected().unwrap().unit, Some(TimeUnit::Seconds));
}

#[test]
fn times_that_are_not_adjusted_to_utc_are_of_the_zone_that_the_config_says() {
    // The first is in the hour that clocks in Berlin leave out.
    let shown = [1_711_852_200_000, START, START + 1];
    let (summer, winter) = (2 * 3_600_000, 3_600_000);
    let there = [1_711_852_200_000 - winter, START - summer, START + 1 - summer];
    let berlin = Zone::named("Europe/Berlin").map(LocalZone::Named);
    let columns = |local: bool| {
        let times = TimestampMicrosecondArray::from(shown.map(|time| 1000 * time).to_vec());
        let times = if local { times } else { times.with_timezone("+00:00") };
        vec![
            ("ts", array(times.clone())),
            ("type", array(StringArray::from(vec!["a", "b", "c"]))),
            ("end", array(times)),
        ]
    };
    for (local, zone, want) in
        [(true, berlin, there), (true, None, shown), (false, berlin, shown), (false, None, shown)]
    {
        let times = TimeRules { zone, ..TimeRules::default() };
        let settings = EventSettings { times, ..EventSettings::default() };
        let bytes = pack(columns(local), WriterProperties::default());
        let (_, tape) = load_text(bytes, &settings, &["end"]);
        assert_eq!(*tape.times(..), want, "{local} {zone:?}");
        assert_eq!(values(&tape, 0), integers(want.map(i128::from)), "{local} {zone:?}");
    }
}

#[test]
fn rows_without_what_makes_an_event_are_rejected() {
    let columns = vec![
        ("when", array(Int64Array::from(vec![1, 2]))),
        ("type", array(StringArray::from(vec!["a", "b"]))),
    ];
    let (_, tape) =
        load_text(pack(columns, WriterProperties::default()), &EventSettings::default(), &[]);
    assert_eq!(tape.rejections().by_count(), [(Reason::NoTimestamp, 2)]);
    let example = &tape.rejections().examples()[1];
    assert_eq!((example.line, example.excerpt.as_str()), (1, "a row of the columns when, type"));
}

#[test]
fn every_codec_and_packing_reads_alike() {
    let columns = || {
        vec![
            ("ts", array(Int64Array::from(vec![1_718_000_000, 1_718_000_001]))),
            ("type", array(StringArray::from(vec!["a", "b"]))),
        ]
    };
    let plain = pack(columns(), with(Codec::UNCOMPRESSED));
    for codec in [
        Codec::UNCOMPRESSED,
        Codec::SNAPPY,
        Codec::GZIP(GzipLevel::default()),
        Codec::ZSTD(ZstdLevel::default()),
    ] {
        let (_, tape) = load_text(pack(columns(), with(codec)), &EventSettings::default(), &[]);
        assert_eq!(types(&tape), ["a", "b"], "{codec}");
    }
    for (bytes, compression) in [
        (gzip(&plain), Compression::Gzip),
        (zstd::encode_all(plain.as_slice(), 3).unwrap(), Compression::Zstd),
    ] {
        let (reader, tape) = load_text(bytes, &EventSettings::default(), &["type"]);
        assert_eq!(values(&tape, 0), [Some(text("a")), Some(text("b"))]);
        assert_eq!(reader.detected().unwrap().compression, compression);
    }
}

#[test]
fn rows_come_in_batches_and_merge_with_other_logs() {
    let folder = TempDir::new().unwrap();
    let table = write(&folder, "t", many(10_000));
    let json = write(&folder, "j", "{\"ts\":\"2024-06-10T06:00:30Z\",\"type\":\"x\",\"n\":-1}\n");
    let settings = EventSettings::default();
    let names = attributes(&["n"]);
    let mut reader = Reader::open(std::slice::from_ref(&table), &settings, &names).unwrap();
    let mut sizes = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        sizes.push(batch.len());
        let progress = reader.progress();
        assert!(progress.bytes <= progress.total_bytes);
    }
    assert_eq!(sizes, [4096, 4096, 1808]);
    let progress = reader.progress();
    assert_eq!((progress.bytes, progress.lines), (progress.total_bytes, 10_000));

    for paths in [[table.clone(), json.clone()], [json, table]] {
        let (_, tape) = load(&paths, &settings, &["n"]);
        let want = integers([0, -1, 1, 2]);
        assert_eq!(values(&tape, 0)[..4], want);
        assert_eq!(tape.events(), 10_001);
    }
}

#[test]
fn a_log_is_the_same_log_whatever_columns_are_read() {
    let print = |bytes: Vec<u8>, names: &[&str]| {
        load_text(bytes, &EventSettings::default(), names).1.fingerprint(3)
    };
    assert_eq!(print(many(3), &[]), print(many(3), &["n", "unused"]));
    assert_ne!(print(many(3), &[]), print(many(4), &[]));
}

#[test]
fn a_cut_file_is_a_fault_that_names_it() {
    let folder = TempDir::new().unwrap();
    let whole = many(10);
    for length in [4, 5, 11, 12, 100, whole.len() - 1] {
        let path = write(&folder, "cut", &whole[..length]);
        let mut reader = Reader::open(&[path], &EventSettings::default(), &[]).unwrap();
        let error = reader.next_batch().unwrap_err();
        assert!(matches!(error, LogError::Parquet { .. }), "{length}: {error}");
        assert!(error.to_string().contains("cut` as Parquet"), "{error}");
    }
}

#[test]
fn metarank_is_not_read_from_columns() {
    let folder = TempDir::new().unwrap();
    let path = write(&folder, "rows", many(3));
    let settings = EventSettings { format: Some(Format::Metarank), ..EventSettings::default() };
    let mut reader = Reader::open(&[path], &settings, &[]).unwrap();
    let error = reader.next_batch().unwrap_err().to_string();
    assert!(error.contains("is Parquet") && error.contains("format: metarank"), "{error}");
}

/// Reads as far as it goes; a damaged file may be a fault, but never more than that.
fn survive(bytes: &[u8]) -> Option<Tape> {
    survive_with(bytes, &EventSettings::default(), &["n", "event", "unused"])
}

fn survive_with(bytes: &[u8], settings: &EventSettings, names: &[&str]) -> Option<Tape> {
    let folder = TempDir::new().unwrap();
    let path = write(&folder, "damaged", bytes);
    let (names, settings) = (attributes(names), settings.clone());
    let mut reader = Reader::open(&[path], &settings, &names).unwrap();
    let demand = counterscope::tape::Demand { settings, attributes: names, listed: false };
    let mut tape = TapeWriter::new(demand);
    while let Some(batch) = reader.next_batch().ok()? {
        tape.extend(batch);
    }
    tape.finish();
    Some(Tape::clone(&tape))
}

#[test]
fn a_codec_that_is_not_there_is_named() {
    const SNAPPY: u8 = 1;
    // The codec of each column, as the footer has it: a field of 32 bits before one of 64.
    let bytes = many(100);
    let footer = bytes.len()
        - 8
        - u32::from_le_bytes(*bytes[bytes.len() - 8..].first_chunk().unwrap()) as usize;
    for (number, name) in [(3, "LZO"), (4, "Brotli"), (5, "LZ4"), (7, "LZ4")] {
        let mut bytes = bytes.clone();
        let mut found = 0;
        for at in footer..bytes.len() - 2 {
            if bytes[at] == 0x15 && bytes[at + 1] == SNAPPY << 1 && bytes[at + 2] == 0x16 {
                bytes[at + 1] = number << 1;
                found += 1;
            }
        }
        assert!(found > 0, "no codec in the footer");
        let folder = TempDir::new().unwrap();
        let path = write(&folder, "log", &bytes);
        let settings = EventSettings::default();
        let mut reader = Reader::open(&[path], &settings, &[]).unwrap();
        let error = reader.next_batch().unwrap_err();
        assert!(matches!(error, LogError::Codec { codec, .. } if codec == name), "{error}");
    }
}

#[test]
fn a_damaged_page_ends_the_log_where_it_is() {
    let mut bytes = many(10_000);
    assert_eq!(survive(&bytes).unwrap().events(), 10_000);
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2000].fill(0xff);
    let tape = survive(&bytes).unwrap();
    assert!((1..10_000).contains(&tape.events()), "{}", tape.events());
    assert_eq!(tape.rejections().count(Reason::DamagedStream), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_damage_is_more_than_a_fault(
        cuts in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = many(40);
        for (place, byte) in cuts {
            // The first bytes stay, or it would be no Parquet at all.
            let place = 4 + usize::from(place) % (bytes.len() - 4);
            bytes[place] = byte;
        }
        survive(&bytes);
    }

    #[test]
    fn no_damage_to_lists_is_more_than_a_fault(
        cuts in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = with_lists();
        for (place, byte) in cuts {
            let place = 4 + usize::from(place) % (bytes.len() - 4);
            bytes[place] = byte;
        }
        let each = Yields { each: Some("items".to_owned()), ..Yields::default() };
        let settings = EventSettings { yields: each, ..EventSettings::default() };
        survive_with(&bytes, &settings, &["id", "items[].id", "items[1].n", "items[id=a].n"]);
    }
}
