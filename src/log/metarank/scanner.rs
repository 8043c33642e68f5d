//! The scanner of Metarank's events.

use std::ops::Range;

use crate::log::json::scan::{
    Cursor, MemberPredictor, NeedsParser, Parsed, Raw, START, UNWANTED, elements, expect_step,
    member, value,
};
use crate::log::line::{Origin, type_text};
use crate::log::reading;
use crate::tape::{BatchEncoder, DatumRef, Layout, Parties};

use super::members::{Kind, Member};

/// Members with a value of their own, at their numbers in the predictor.
const MEMBERS: [Member; 10] = [
    Member::Event,
    Member::Timestamp,
    Member::Id,
    Member::Kind,
    Member::Item,
    Member::User,
    Member::Session,
    Member::Ranking,
    Member::Fields,
    Member::Items,
];
const EVENT: usize = 0;
const TIMESTAMP: usize = 1;
const ID: usize = 2;
const KIND: usize = 3;
const ITEM: usize = 4;
const USER: usize = 5;
const SESSION: usize = 6;
const RANKING: usize = 7;

/// Members of a field, by their numbers in the predictor.
const NAME: u32 = 0;
const VALUE: u32 = 1;

/// Scans events that look like those before.
pub(super) struct Scanner {
    /// The required fields.
    names: Vec<String>,
    event: MemberPredictor,
    field: MemberPredictor,
    item: MemberPredictor,
    /// The members found in the current line.
    found: Found,
    /// Its fields, and the items it lists.
    fields: Vec<(usize, Raw)>,
    items: Vec<Raw>,
    parsed: Parsed,
}

/// The members of a line.
struct Found {
    values: [Raw; MEMBERS.len()],
    /// A bit per member that the line has.
    seen: u16,
    has_items: bool,
}

impl Found {
    const NOTHING: Self = Self { values: [Raw::MISSING; MEMBERS.len()], seen: 0, has_items: false };
}

impl Scanner {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            names: layout.names().to_vec(),
            event: MemberPredictor::new(),
            field: MemberPredictor::new(),
            item: MemberPredictor::new(),
            found: Found::NOTHING,
            fields: Vec::new(),
            items: Vec::new(),
            parsed: Parsed::default(),
        }
    }

    /// Scans a list of fields, each with its name before its value.
    #[inline]
    fn fields(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        elements(cursor, |cursor| {
            let mut field = None;
            let mut given = None;
            let mut from = START;
            let known = |name: &[u8]| match name {
                b"name" => NAME,
                b"value" => VALUE,
                _ => UNWANTED,
            };
            while let Some(step) = self.field.next(cursor, from, known)? {
                from = step;
                match (step.member, field) {
                    (NAME, None) => {
                        let name = member(cursor, step, block, &mut self.parsed)?;
                        let Some(DatumRef::Text(name)) = name.datum(block, &self.parsed) else {
                            return Err(NeedsParser);
                        };
                        field = Some(self.names.iter().position(|wanted| wanted == name));
                    }
                    (VALUE, Some(Some(_))) if given.is_none() => {
                        given = Some(member(cursor, step, block, &mut self.parsed)?);
                    }
                    (NAME, Some(_)) | (VALUE, None | Some(Some(_))) => return Err(NeedsParser),
                    _ => expect_step(cursor, step)?,
                }
            }
            let field = field.ok_or(NeedsParser)?;
            self.fields.extend(field.zip(given));
            Ok(())
        })
    }

    /// Scans a list of items: objects with an id, or ids.
    #[inline]
    fn items(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        elements(cursor, |cursor| {
            let mut id = None;
            match cursor.byte() {
                Some(b'{') => {
                    let mut from = START;
                    let known = |name: &[u8]| if name == b"id" { 0 } else { UNWANTED };
                    while let Some(step) = self.item.next(cursor, from, known)? {
                        from = step;
                        match step.member {
                            UNWANTED => expect_step(cursor, step)?,
                            _ if id.is_some() => return Err(NeedsParser),
                            _ if !step.is_text && is_compound(cursor) => return Err(NeedsParser),
                            _ => id = Some(member(cursor, step, block, &mut self.parsed)?),
                        }
                    }
                }
                _ if is_compound(cursor) => return Err(NeedsParser),
                _ => id = Some(value(cursor, block, &mut self.parsed)?),
            }
            self.items.push(id.filter(|id| *id != Raw::MISSING).ok_or(NeedsParser)?);
            Ok(())
        })
    }
}

impl reading::Scanner for Scanner {
    fn scan(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        self.fields.clear();
        self.items.clear();
        self.parsed.clear();
        self.found = Found::NOTHING;
        let mut from = START;
        while let Some(step) = self.event.next(cursor, from, number)? {
            from = step;
            let number = step.member as usize;
            let Some(known) = MEMBERS.get(number) else {
                expect_step(cursor, step)?;
                continue;
            };
            if self.found.seen & 1 << number != 0 {
                // A duplicate member.
                return Err(NeedsParser);
            }
            self.found.seen |= 1 << number;
            match known {
                Member::Fields | Member::Items if step.is_text => return Err(NeedsParser),
                Member::Fields => self.fields(cursor, block)?,
                Member::Items => {
                    self.items(cursor, block)?;
                    self.found.has_items = true;
                }
                _ => self.found.values[number] = member(cursor, step, block, &mut self.parsed)?,
            }
        }
        Ok(())
    }

    fn record(
        &self,
        block: &str,
        (line, _): (Origin<'_>, Range<usize>),
        encoder: &mut BatchEncoder,
    ) -> Result<(), NeedsParser> {
        let datum = |raw: &Raw| raw.datum(block, &self.parsed);
        let of = |member: usize| self.found.values.get(member).and_then(datum);
        let Some(DatumRef::Text(kind)) = of(EVENT) else { return Err(NeedsParser) };
        let kind = Kind::of(kind).ok_or(NeedsParser)?;
        let id = if line.dedup { of(ID) } else { None };
        let mark = line.mark(of(TIMESTAMP), id).map_err(|_| NeedsParser)?;
        let fields = self.fields.iter().filter_map(|(number, raw)| Some((*number, datum(raw)?)));
        match kind {
            Kind::Interaction => {
                let parties = Parties {
                    item: of(ITEM),
                    user: of(USER),
                    session: of(SESSION),
                    ranking: of(RANKING),
                };
                match of(KIND).ok_or(NeedsParser)? {
                    DatumRef::Text(kind) => encoder.interaction(mark, kind, &parties, fields),
                    kind => {
                        let kind = type_text(kind).map_err(|_| NeedsParser)?;
                        encoder.interaction(mark, &kind, &parties, fields)
                    }
                }
            }
            Kind::Item => encoder.item(mark, of(ITEM).as_ref(), fields),
            Kind::User => encoder.user(mark, of(USER).as_ref(), fields),
            Kind::Ranking if !self.found.has_items => return Err(NeedsParser),
            Kind::Ranking => {
                let parties =
                    Parties { item: None, user: of(USER), session: of(SESSION), ranking: of(ID) };
                encoder.ranking(mark, &parties, fields, self.items.iter().filter_map(datum))
            }
        }
        .map_err(|_| NeedsParser)
    }
}

/// The number of a member.
fn number(name: &[u8]) -> u32 {
    let member = std::str::from_utf8(name).map_or(Member::Other, Member::of);
    MEMBERS.iter().position(|known| *known == member).map_or(UNWANTED, |number| number as u32)
}

/// True if a list or an object follows.
#[inline]
fn is_compound(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.byte(), Some(b'[' | b'{'))
}
