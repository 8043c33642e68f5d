//! Coverage: how far a config fits a log.
//!
//! * `missing`: event types and attributes that the config names and the log lacks.
//! * `kinds`: attributes that the config compares or aggregates as another kind than the log has.
//! * `filters`: filters that no event passes.
//! * `values`: values that filters compare with and no event has.
//! * `flags`: flags that no line sets.
//! * `bits`: members that are 0 or 1, for types that no event has.
//! * `joins`: events that are joined with nothing.
//! * `arrival`: a member with the time of arrival that no line has.
//! * `twice`: lines that are two events of one type.
//! * `brief`: the few sentences of this that a replay prints by itself.
//! * `counts`: per entry of the config, the events that are counted, and those that are not, with
//!   the reason.

mod arrival;
mod bits;
mod brief;
mod counts;
mod filters;
mod flags;
mod joins;
mod kinds;
mod missing;
mod twice;
mod values;

use std::sync::Arc;

use crate::base::events::Format;
use crate::base::segmented::SegmentedVec;
use crate::base::{Deadline, Kinds, Step, Task, Value};
use crate::config::Document;
use crate::diagnostic::{Diagnostic, Faults, Report, Severity};
use crate::engine::{InputCount, InputCounter, KeyIndex};
use crate::log::Member;
use crate::plan::Plan;
use crate::plan::lower::rates_without_refresh;
use crate::tape::{RowKind, Tape};

pub use brief::{always_text, notes};
pub use counts::{EntryCount, Instead, entries, ranked};
pub use missing::meant;
use missing::{Members, Missing};
use twice::Twice;
use values::Unseen;

/// The comparison of a config with a whole log, in steps.
pub struct Coverage {
    document: Arc<Document>,
    /// The kinds of values per attribute of the plan, as far as they are scanned.
    kinds: Vec<Kinds>,
    /// The scanned values of the next attribute, and their kinds.
    values: (usize, Kinds),
    /// The number of features checked.
    features: usize,
    faults: Faults,
    missing: Option<Missing>,
    twice: Twice,
    /// The values in filters that are not seen yet.
    unseen: Unseen,
    /// The features whose filters are checked for such values.
    compared: usize,
    /// True once whole filters and aggregated values are checked.
    aggregated: bool,
    counter: InputCounter,
    /// The format of the log, where it is known.
    format: Option<Format>,
    /// The members that its events have, as far as they are known.
    members: Members,
}

/// The result of the comparison.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The parts that do not fit the log, at their spans in the config: warnings, and errors where
    /// values would be wrong.
    pub warnings: Vec<Diagnostic>,
    /// The counts of rows per input of the plan.
    pub counts: Vec<InputCount>,
}

/// The attributes of a plan with their values in the log.
struct Seen<'c> {
    plan: &'c Plan,
    tape: &'c Tape,
    kinds: &'c [Kinds],
}

/// The values scanned between two checks of the deadline.
const VALUES: usize = 1 << 16;
/// The most rows of which those that have a value are counted.
const ROWS: usize = 4_000_000;

impl Task for Coverage {
    /// The plan, a finished tape, and the index of the plan.
    type Context<'c> = (&'c Plan, &'c Tape, &'c KeyIndex);
    type Output = Findings;

    fn step(
        &mut self,
        (plan, tape, index): Self::Context<'_>,
        deadline: &Deadline,
    ) -> Step<Findings> {
        let all = (plan.attributes.len() + self.document.features.len()).max(1);
        while let Some(attribute) = plan.attributes.get(self.kinds.len()) {
            self.scan_values(tape, attribute);
            if deadline.has_passed() {
                return Step::Pending(self.kinds.len() as f32 / all as f32 / 2.0);
            }
        }
        let Self { document, kinds, features, faults, missing, counter, .. } = self;
        let Self { twice, unseen, compared, aggregated, format, members, .. } = self;
        let seen = Seen { plan, tape, kinds };
        let missing = missing.get_or_insert_with(|| Missing::new(document, plan, tape));
        while let Some(feature) = document.features.get(*features) {
            kinds::compare(&seen, feature, faults);
            missing.check(&seen, *features, feature);
            *features += 1;
            if deadline.has_passed() {
                return Step::Pending((kinds.len() + *features) as f32 / all as f32 / 2.0);
            }
        }
        if let Step::Pending(done) = counter.step((plan, tape, index, tape.rows()), deadline) {
            return Step::Pending(0.5 + done / 2.0);
        }
        // An empty log lacks everything, which is reported elsewhere, once.
        while tape.events() > 0 && missing.warn_next(&seen, members) {
            if deadline.has_passed() {
                return Step::Pending(1.0);
            }
        }
        if !twice.step(document, tape, deadline) {
            return Step::Pending(1.0);
        }
        if !*aggregated {
            filters::check(&seen, document, counter.counts(), faults);
            kinds::aggregate(&seen, document, counter.counts(), faults);
            *aggregated = true;
        }
        while let Some(feature) = document.features.get(*compared) {
            unseen.warn(&seen, feature, faults);
            *compared += 1;
            if deadline.has_passed() {
                return Step::Pending(1.0);
            }
        }
        if tape.events() > 0 {
            joins::check(document, tape, faults);
            arrival::check(document, tape, &members.first, faults);
            twice.warn(document, tape, faults);
        }
        let mut warnings = std::mem::take(faults).into_vec();
        if tape.events() > 0 {
            warnings.extend(flags::unset(&seen, document, &members.first));
        }
        warnings.extend(missing.take_warnings());
        if *format == Some(Format::Metarank) && !document.is_metarank {
            warnings.extend(rates_without_refresh(document));
        }
        warnings.sort_by_key(|warning| warning.labels.first().map(|label| label.span.start));
        Step::Done(Findings { warnings, counts: counter.counts().to_vec() })
    }
}

impl Coverage {
    /// A comparison before its first step. The plan must be that of the document.
    #[must_use]
    pub fn new(document: Arc<Document>, plan: &Plan, format: Option<Format>) -> Self {
        Self {
            unseen: Unseen::new(&document, plan),
            compared: 0,
            aggregated: false,
            document,
            kinds: Vec::with_capacity(plan.attributes.len()),
            values: (0, Kinds::default()),
            features: 0,
            // The features of a matrix share their spans in the config.
            faults: Faults::once(),
            missing: None,
            twice: Twice::default(),
            counter: InputCounter::new(plan),
            format,
            members: Members::default(),
        }
    }

    /// The same, with what is known of the log's first events: a missing name may be one of their
    /// members.
    #[must_use]
    pub fn beside<'m>(self, members: impl IntoIterator<Item = &'m Member>) -> Self {
        let first = members.into_iter().cloned().collect();
        Self { members: Members { first, ..self.members }, ..self }
    }

    /// The same, with the members that the events of each type have in the whole log.
    #[must_use]
    pub fn with_types(self, of_types: Vec<(String, Vec<Member>)>) -> Self {
        Self { members: Members { of_types, ..self.members }, ..self }
    }

    /// Scans some more values of the next attribute.
    fn scan_values(&mut self, tape: &Tape, attribute: &str) {
        let column = tape.demand().attributes.iter().position(|known| known == attribute);
        let values = column.map(|column| tape.column(column).values());
        let (first, kinds) = self.values;
        let next = || {
            let values = values.into_iter().flat_map(|values| values.slices_from(first));
            values.flatten().take(VALUES)
        };
        let kinds = kinds.or(Kinds::of(next()));
        self.unseen.see(self.kinds.len(), next());
        let all = values.map_or(0, SegmentedVec::len);
        self.values = (all.min(first + VALUES), kinds);
        if self.values.0 == all {
            self.kinds.push(kinds);
            self.values = (0, Kinds::default());
        }
    }
}

impl Seen<'_> {
    fn values_of(&self, attribute: &str) -> &SegmentedVec<Value> {
        static NONE: SegmentedVec<Value> = SegmentedVec::new();
        let column = self.tape.demand().attributes.iter().position(|known| known == attribute);
        column.map_or(&NONE, |column| self.tape.column(column).values())
    }

    /// The kinds of an attribute's values; empty if no event has it.
    fn kinds_of(&self, attribute: &str) -> Kinds {
        let number = self.plan.attributes.iter().position(|known| known == attribute);
        number.map_or(Kinds::default(), |number| self.kinds[number])
    }

    /// The number of events that have an attribute; `None` if it is not read, or of many rows.
    fn events_with(&self, attribute: &str) -> Option<u64> {
        let column = self.tape.demand().attributes.iter().position(|known| known == attribute)?;
        let (column, rows) = (self.tape.column(column), 0..self.tape.rows());
        let has = |row: &usize| self.tape.kind(*row) == RowKind::Event && column.id(*row) != 0;
        (self.tape.rows() <= ROWS).then(|| rows.filter(has).count() as u64)
    }

    /// The first value of an attribute.
    fn example_of(&self, attribute: &str) -> Option<&Value> {
        self.values_of(attribute).get(0)
    }
}

/// The warnings without those at spans where the config's own report has a diagnostic: one per span
/// is enough. Errors stay.
#[must_use]
pub fn unsaid(report: &Report, mut warnings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let start = |found: &Diagnostic| found.labels.first().map(|label| label.span.start);
    let own = report.diagnostics.iter().filter(|found| found.severity != Severity::Note);
    let known: Vec<_> = own.map(start).collect();
    let is_new = |found: &Diagnostic| !known.contains(&start(found));
    warnings.retain(|found| found.severity == Severity::Error || is_new(found));
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::dataset::{Run, wanted};
    use crate::log::Reader;
    use crate::plan::lower::compile;

    /// The findings of a config with a log.
    fn findings(text: &str, log: &'static [u8]) -> (Run, Findings) {
        let plan = compile("test", text).0.unwrap();
        let reader = Reader::embedded("log", log, &plan.events, &plan.attributes);
        let demand = wanted(&plan, None);
        let run = Run::load(Arc::new(plan), demand, reader, &mut |_| {}).unwrap();
        let format = run.detected().map(|detected| detected.format);
        let mut coverage =
            Coverage::new(Arc::new(config::read("test", text).0.unwrap()), run.plan(), format)
                .beside(run.outcomes().iter().flat_map(|outcome| &outcome.members));
        let mut slices = 0;
        let found = loop {
            slices += 1;
            let seen = (run.plan(), run.tape(), run.index());
            if let Step::Done(found) = coverage.step(seen, &Deadline::passed()) {
                break found;
            }
        };
        // It stops at the deadline: after each feature, and after each name that the log lacks.
        // Flags are few, and looked at together.
        let is_step = |it: &&Diagnostic| {
            it.code.starts_with("unseen-") && !it.message.starts_with("no line sets the flag")
        };
        let lacks = found.warnings.iter().filter(is_step).count();
        assert!(slices > run.plan().features.len() + lacks, "{slices} slices");
        (run, found)
    }

    /// The warnings of a config with a log.
    pub(super) fn warnings(text: &str, log: &'static [u8]) -> Vec<Diagnostic> {
        findings(text, log).1.warnings
    }

    #[test]
    fn a_rate_over_a_metarank_log_is_told_how_its_server_refreshes_it() {
        let text = "features:\n\
            - {name: ctr, type: rate, top: click, bottom: view, bucket: 24h, periods: [7]}\n\
            - {name: old, type: rate, top: click, bottom: view, bucket: 24h, periods: [7], refresh: 1h}\n";
        let metarank =
            br#"{"event":"interaction","id":"1","timestamp":1718000000,"type":"click","item":"p"}
{"event":"interaction","id":"2","timestamp":1718000001,"type":"view","item":"p"}
"#;
        let flat = br#"{"ts":1718000000,"type":"click","item":"p"}
{"ts":1718000001,"type":"view","item":"p"}
"#;
        let notes = warnings(text, metarank);
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert_eq!(notes[0].code, "metarank-refresh");
        assert!(notes[0].message.ends_with("by Metarank: ctr"), "{}", notes[0].message);
        assert!(warnings(text, flat).is_empty());
    }

    #[test]
    fn what_stood_there_instead_is_told() {
        let text = "features:\n\
            - {name: spent, type: counter, interaction: buy, scope: user, aggregate: sum, value: price}\n\
            - {name: big, type: counter, interaction: buy, scope: user, where: {price: {gt: 5}}}\n\
            - {name: '{n}', matrix: {n: [b, c]}, type: counter, scope: [user, n], interaction: '{n}'}\n\
            - {name: mean, type: counter, interaction: pay, scope: user, aggregate: mean, value: sum}\n\
            - {name: sides, type: rate, top: pay, bottom: buy, scope: user, bucket: 1d, periods: [1]}\n\
            - {name: all, type: counter, scope: global, where: {user: u}}\n\
            - {name: ratio, type: ratio, top: spent, bottom: big}\n";
        let log = br#"{"ts":1718000000,"type":"buy","user":"u","price":"10.5"}
{"ts":1718000001,"type":"buy","user":"u","price":7}
{"ts":1718000002,"type":"buy","user":"u","price":"3"}
{"ts":1718000003,"type":"buy","price":8}
{"ts":1718000004,"type":"pay","user":"v"}
{"ts":1718000005,"type":"pay","user":"v","sum":[1,2]}
{"ts":1718000006,"type":"b","user":"v","n":1}
{"ts":1718000007,"type":"c","user":"v"}
"#;
        let (run, found) = findings(text, log);
        let entries = entries(run.plan(), &found.counts);
        let words: Vec<String> =
            entries.iter().map(|entry| format!("{}: {}", entry.name, entry.words())).collect();
        assert_eq!(
            words,
            [
                "spent: counted 1 of 4 events; not counted: 1 without `user`, 2 in which `price` is a text such as \"10.5\"",
                "big: counted 1 of 4 events; not counted: 1 without `user`, 2 outside `where` (`price` is a text such as \"10.5\")",
                "{n}: counted 1 of 2 events, added up over 2 features; not counted: 1 without all of [user, n]",
                "mean: counted 0 of 2 events; not counted: 2 without a number in `sum` (in 1 of them it is a list such as [1, 2])",
                "sides: counted 5 of 6 events; not counted: 1 without `user`",
                "all: counted 3 of 8 events; not counted: 5 outside `where`",
            ]
        );
        let (ranked, more) = ranked(&entries, 2);
        let names: Vec<&str> = ranked.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!((names, more), (vec!["spent", "big"], 4));
    }

    #[test]
    fn an_empty_list_is_no_value_where_any_value_is_taken() {
        let text = "features:\n\
            - {name: tags, type: counter, scope: user, aggregate: distinct, value: tags}\n\
            - {name: sum, type: counter, scope: user, aggregate: sum, value: tags}\n";
        let log = br#"{"ts":1718000000,"type":"see","user":"u","tags":[]}
{"ts":1718000001,"type":"see","user":"u","tags":["a"]}
{"ts":1718000002,"type":"see","user":"u"}
"#;
        let (run, found) = findings(text, log);
        let entries = entries(run.plan(), &found.counts);
        let words: Vec<String> = entries.iter().map(EntryCount::words).collect();
        assert_eq!(
            words,
            [
                "counted 1 of 3 events; not counted: 2 without `tags`",
                "counted 0 of 3 events; not counted: 3 without a number in `tags` (in 2 of them it is a list such as [])",
            ]
        );
        assert_eq!(entries[0].json()["no_number"], serde_json::Value::Null);
    }
}
