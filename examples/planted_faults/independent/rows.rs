//! Random numbers, rows, and how rows become NDJSON, CSV or Metarank's events.

use std::fmt::Write;

/// `SplitMix64`.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64, salt: u64) -> Rng {
        let mut rng =
            Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt.wrapping_mul(0xd134_2543));
        rng.next();
        rng
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// From `a` up to and without `b`.
    pub(super) fn int(&mut self, a: i64, b: i64) -> i64 {
        a + (self.next() % (b - a) as u64) as i64
    }

    /// Log-normal around `median`.
    pub(super) fn around(&mut self, median: f64, spread: f64) -> f64 {
        let (u, v) = (self.unit().max(1e-12), self.unit());
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        median * (spread * normal).exp()
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.int(0, of.len() as i64) as usize]
    }

    pub(super) fn weighted<T: Copy>(&mut self, of: &[(T, f64)]) -> T {
        let mut left = self.unit() * of.iter().map(|(_, w)| w).sum::<f64>();
        for (value, weight) in of {
            left -= weight;
            if left < 0.0 {
                return *value;
            }
        }
        of[of.len() - 1].0
    }
}

/// Popularity by Zipf's law.
pub(super) struct Zipf(Vec<f64>);

impl Zipf {
    pub(super) fn new(n: usize, exponent: f64) -> Zipf {
        let mut sum = 0.0;
        let sums = (1..=n).map(|k| {
            sum += (k as f64).powf(-exponent);
            sum
        });
        Zipf(sums.collect())
    }

    pub(super) fn draw(&self, rng: &mut Rng) -> usize {
        let at = rng.unit() * self.0[self.0.len() - 1];
        self.0.partition_point(|s| *s < at).min(self.0.len() - 1)
    }
}

#[derive(Clone, PartialEq)]
pub(super) enum V {
    S(String),
    N(f64),
    B(bool),
    List(Vec<String>),
}

pub(super) fn s(text: impl Into<String>) -> V {
    V::S(text.into())
}

pub(super) fn n(number: impl Into<f64>) -> V {
    V::N(number.into())
}

#[derive(Clone)]
pub(super) struct Row {
    pub(super) t: i64,
    pub(super) fields: Vec<(&'static str, V)>,
    /// The time is written in seconds whatever the format says.
    pub(super) seconds: bool,
}

impl Row {
    pub(super) fn new(t: i64, fields: Vec<(&'static str, V)>) -> Row {
        Row { t, fields, seconds: false }
    }

    pub(super) fn get(&self, name: &str) -> Option<&V> {
        self.fields.iter().find(|f| f.0 == name).map(|f| &f.1)
    }

    pub(super) fn is(&self, name: &str, text: &str) -> bool {
        matches!(self.get(name), Some(V::S(t)) if t == text)
    }

    pub(super) fn set(&mut self, name: &'static str, value: V) {
        match self.fields.iter_mut().find(|f| f.0 == name) {
            Some(field) => field.1 = value,
            None => self.fields.push((name, value)),
        }
    }

    pub(super) fn drop(&mut self, name: &str) {
        self.fields.retain(|f| f.0 != name);
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// The member with the time, in ISO 8601.
    Iso(&'static str),
    Millis(&'static str),
    Seconds(&'static str),
    Csv(&'static str),
    Metarank,
}

#[derive(Clone)]
pub(super) struct World {
    pub(super) name: &'static str,
    pub(super) config: String,
    pub(super) rows: Vec<Row>,
    pub(super) form: Form,
    pub(super) start: i64,
    pub(super) days: i64,
}

impl World {
    /// Puts `new` in the place of `old`, which stands in the config exactly once.
    pub(super) fn swap(&mut self, old: &str, new: &str) {
        assert_eq!(self.config.matches(old).count(), 1, "{}: {old}", self.name);
        self.config = self.config.replace(old, new);
    }

    pub(super) fn sort(&mut self) {
        self.rows.sort_by_key(|row| row.t);
    }

    /// The moment after `share` of the span.
    pub(super) fn moment(&self, share: f64) -> i64 {
        self.start + (self.days as f64 * share * DAY as f64) as i64
    }

    pub(super) fn log(&self) -> String {
        match self.form {
            Form::Csv(time) => csv(&self.rows, time),
            form => self.rows.iter().map(|row| line(row, form)).collect(),
        }
    }
}

pub(super) const MIN: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MIN;
pub(super) const DAY: i64 = 24 * HOUR;

/// A midnight of the first half of 2026.
pub(super) fn start(rng: &mut Rng) -> i64 {
    1_767_571_200_000 + rng.int(0, 60) * DAY
}

/// Starts of visits with a rhythm of days and weeks, each with a user, in order of time.
pub(super) fn visits(
    rng: &mut Rng,
    start: i64,
    days: i64,
    count: i64,
    users: usize,
) -> Vec<(i64, usize)> {
    let who = Zipf::new(users, 0.45);
    let mut out = Vec::new();
    while (out.len() as i64) < count {
        let day = rng.int(0, days);
        let time = rng.unit() * 24.0;
        let busy = 0.55 + 0.45 * ((time - 19.0) / 24.0 * std::f64::consts::TAU).cos();
        let weekend = if (day + 1) % 7 >= 5 { 1.0 } else { 0.8 };
        if rng.chance(busy * weekend) {
            let t = start + day * DAY + (time * HOUR as f64) as i64;
            out.push((t, who.draw(rng)));
        }
    }
    out.sort_unstable();
    out
}

/// The date and time of day of a moment, in UTC.
pub(super) fn iso(t: i64, between: char, end: &str) -> String {
    let (days, rest) = (t.div_euclid(DAY), t.rem_euclid(DAY));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (h, m, sec) = (rest / HOUR, rest / MIN % 60, rest / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}{between}{h:02}:{m:02}:{sec:02}{end}")
}

fn json(value: &V) -> String {
    match value {
        V::S(text) => format!("\"{text}\""),
        V::N(number) => format!("{number}"),
        V::B(flag) => format!("{flag}"),
        V::List(ids) => {
            let ids: Vec<_> = ids.iter().map(|id| format!("{{\"id\":\"{id}\"}}")).collect();
            format!("[{}]", ids.join(","))
        }
    }
}

fn time(row: &Row, form: Form) -> (&'static str, String) {
    match form {
        Form::Iso(name) => (name, format!("\"{}\"", iso(row.t, 'T', "Z"))),
        Form::Seconds(name) => (name, format!("{}", row.t / 1000)),
        Form::Millis(name) if row.seconds => (name, format!("{}", row.t / 1000)),
        Form::Millis(name) => (name, format!("{}", row.t)),
        _ => ("timestamp", format!("\"{}\"", row.t)),
    }
}

/// One row as a JSON object; names with a dot become members of an object.
fn line(row: &Row, form: Form) -> String {
    if form == Form::Metarank {
        return metarank(row);
    }
    let (name, at) = time(row, form);
    let mut out = format!("{{\"{name}\":{at}");
    let mut inside = "";
    for (name, value) in &row.fields {
        let (object, member) = name.split_once('.').unwrap_or(("", name));
        if object != inside && !inside.is_empty() {
            out.push('}');
        }
        if object != inside && !object.is_empty() {
            let _ = write!(out, ",\"{object}\":{{\"{member}\":{}", json(value));
        } else {
            let _ = write!(out, ",\"{member}\":{}", json(value));
        }
        inside = object;
    }
    out.push_str(if inside.is_empty() { "}\n" } else { "}}\n" });
    out
}

fn metarank(row: &Row) -> String {
    let own = ["event", "id", "type", "item", "user", "session", "ranking", "items"];
    let (mut out, mut fields) = (String::from("{"), Vec::new());
    for (name, value) in &row.fields {
        if own.contains(name) {
            let _ = write!(out, "\"{name}\":{},", json(value));
        } else {
            fields.push(format!("{{\"name\":\"{name}\",\"value\":{}}}", json(value)));
        }
    }
    let _ = write!(out, "\"timestamp\":\"{}\"", row.t);
    if !fields.is_empty() {
        let _ = write!(out, ",\"fields\":[{}]", fields.join(","));
    }
    out + "}\n"
}

fn csv(rows: &[Row], time: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.fields) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let mut out = format!("{time},{}\n", names.join(","));
    for row in rows {
        out.push_str(&iso(row.t, ' ', ""));
        for name in &names {
            out.push(',');
            match row.get(name) {
                Some(V::S(text)) => out.push_str(text),
                Some(value) => out.push_str(&json(value)),
                None => {}
            }
        }
        out.push('\n');
    }
    out
}
