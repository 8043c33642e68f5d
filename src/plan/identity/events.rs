//! How a log is read, as bytes: part of the meaning of whatever is counted in it.

use crate::base::events::{Dialect, EventSettings, Format, Order, Quote, TextNumbers, Yields};
use crate::base::metadata::{Entity, Metadata, MetadataSource};
use crate::base::time::TimeUnit;
use crate::base::time_rules::TimeRules;

use super::super::AttributeId;
use super::bytes::Bytes;

impl Bytes {
    pub(super) fn events(&mut self, events: &EventSettings) {
        let Yields { constant, flags, each, untyped: _ } = &events.yields;
        if constant.is_some() || events.yields.several() {
            // A tag that no format has.
            self.tag(u8::MAX);
            self.optional_text(constant.as_deref());
            self.length(flags.len());
            flags.iter().flat_map(|(kind, member)| [kind, member]).for_each(|text| self.text(text));
            self.optional_text(each.as_deref());
        }
        self.tag(match events.format {
            None => 0,
            Some(Format::Metarank) => 1,
            Some(Format::Flat) => 2,
        });
        self.optional_text(events.timestamp.as_deref());
        self.optional_text(events.kind.as_deref());
        self.optional_text(events.times.unit.map(TimeUnit::name));
        self.tag(match events.order {
            Order::Time => 0,
            Order::Log => 1,
        });
        // The id only tells repeated events: without `dedup` it says nothing.
        match events.dedup {
            Some(span) => {
                self.tag(1);
                self.millis(span);
                self.optional_text(events.id.as_deref());
            }
            None => self.tag(0),
        }
        self.encoding(events);
        if let Some(known) = &events.known {
            self.tag(26);
            self.text(known);
        }
        self.metadata(&events.metadata);
    }

    /// What few configs say about a log. Each part has a tag that nothing else has at its place, so
    /// that a config without it keeps its identities.
    fn encoding(&mut self, events: &EventSettings) {
        let TimeRules { unit: _, format, zone, parts } = &events.times;
        if let Some(format) = format {
            self.tag(20);
            self.text(format.pattern());
        }
        for part in parts {
            self.tag(21);
            self.text(part);
        }
        if let Some(zone) = zone {
            self.tag(24);
            self.text(&zone.to_string());
        }
        match &events.numbers {
            TextNumbers::None => {}
            TextNumbers::All => self.tag(22),
            TextNumbers::Of(names) => {
                self.tag(23);
                self.set(names.iter().map(|name| name.clone().into_bytes()).collect());
            }
        }
        self.dialect(&events.dialect);
    }

    fn dialect(&mut self, dialect: &Dialect) {
        let Dialect { columns, separator, quote } = dialect;
        if let Some(columns) = columns {
            self.tag(30);
            self.length(columns.len());
            columns.iter().for_each(|name| self.text(name));
        }
        if let Some(separator) = separator {
            self.tag(31);
            self.text(separator);
        }
        if *quote != Quote::Double {
            self.tag(32);
            self.tag(quote.byte().unwrap_or(0));
        }
    }

    /// What events are joined with, likewise.
    fn metadata(&mut self, metadata: &Metadata) {
        for MetadataSource { entity, key, when, file } in &metadata.sources {
            self.tag(25);
            let Entity { name, on } = &metadata.entities[*entity];
            [name, on, key].into_iter().for_each(|text| self.text(text));
            self.optional_text(file.as_ref().map(|file| file.to_string_lossy()).as_deref());
            self.tag(u8::from(when.is_some()));
            if let Some(when) = when {
                let mut names = Vec::new();
                let filter = when.map(&mut |name: &String| {
                    names.push(name.clone());
                    AttributeId(names.len() - 1)
                });
                self.filter(&names, &filter);
            }
        }
    }
}
